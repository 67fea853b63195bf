/** What can be spoiled, to see that it is found. */
export const plants = {
  forgery: 'whoever forges alerts has the right secret',
  blame:
    'the configuration takes what feeds every version for what the version makes, and the other way round',
  forgetful: 'the same alert again is about another incident',
  mute: "Monte Carlo's API takes no comments",
  hands: 'somebody gives the candidate all traffic by hand as soon as an alert was answered',
} as const;

export type Plant = keyof typeof plants;
