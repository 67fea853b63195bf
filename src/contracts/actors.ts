/** Names that automation goes by in the audit trail. Nobody at a terminal may call himself so. */
export const automation: readonly string[] = ['headgate', 'headgate serve', 'mlflow', 'monte-carlo'];

export const isPerson = (actor: string): boolean => !automation.includes(actor);
