import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/** One last line, `N passed, N failed`, alone on its line: for whoever reads a test run with a regular expression. */
export default class PlainReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    process.stdout.write(`\n${closingLine(modules, unhandled)}\n`);
  }
}

/** A file that could not be loaded, a hook that threw and an error that nobody caught are failures that no test counts. */
export function closingLine(modules: readonly TestModule[], unhandled: readonly unknown[]): string {
  const states = modules.flatMap(({ children }) =>
    [...children.allTests()].map((test) => test.result().state),
  );
  const count = (state: string) => states.filter((one) => one === state).length;
  const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
  const broken = suites.reduce((total, suite) => total + suite.errors().length, unhandled.length);
  return `${count('passed')} passed, ${count('failed') + broken} failed`;
}
