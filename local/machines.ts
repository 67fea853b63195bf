import type { MachineName } from '../src/app/ports/machine.ts';
import alertMachine from '../statemachines/alert-response.asl.json' with { type: 'json' };
import releaseMachine from '../statemachines/release.asl.json' with { type: 'json' };

/** The shipped state machine files, ready for the embedded engine under a clock of this speed. */
export function machinesFor(speed: number): Readonly<Record<MachineName, unknown>> {
  return {
    release: forThisMachine(releaseMachine, speed),
    alertResponse: forThisMachine(alertMachine, speed),
  };
}

/**
 * `${JudgeHealth}` in the file is filled in as CDK does it, here with the function's plain name. A handler works in
 * real time: where the clock runs faster, the time-out of a call is stretched by as much, so that it bounds the same.
 */
function forThisMachine(definition: unknown, speed: number): unknown {
  return JSON.parse(JSON.stringify(definition).replace(/\$\{(\w+)\}/g, '$1'), (_key, member: unknown) => {
    const stretched = speed > 1 && isCall(member);
    return stretched ? { ...member, TimeoutSeconds: Math.ceil(member.TimeoutSeconds * speed) } : member;
  });
}

function isCall(member: unknown): member is { TimeoutSeconds: number } {
  return (
    typeof member === 'object' &&
    member !== null &&
    'Resource' in member &&
    member.Resource === 'arn:aws:states:::lambda:invoke' &&
    'TimeoutSeconds' in member
  );
}
