/** Reads what a run has produced; the list may lag the run's end (wire notes, section 5). */
import { ServiceError } from "../errors.ts";
import type { RunOutput, TemplateRef } from "../ports.ts";
import { type BuildPorts, mayPass } from "./ports.ts";

const patience = 2 * 60_000;
const pause = 6_000;

/**
 * The run's outputs in the order of `expected`, others last, waiting a short while until all those are there. Gives what
 * there is when they do not come, as after a run that succeeded for some targets only. Throws a ServiceError where the list cannot be read.
 */
export async function collectOutputs(
  ref: TemplateRef,
  expected: readonly string[],
  { clock, cancelled, templates }: BuildPorts,
): Promise<readonly RunOutput[]> {
  const end = clock.now().getTime() + patience;
  for (;;) {
    const late = clock.now().getTime() + pause > end;
    try {
      const outputs = (await templates.runOutputs(ref)).filter(hasResult);
      const isThere = (wanted: string): boolean => outputs.some(({ name }) => isSame(name, wanted));
      if (late || expected.every(isThere)) return inOrder(outputs, expected);
    } catch (error) {
      // The run has succeeded: a list that is not there is late.
      if (late || !(mayPass(error) || isAbsent(error))) throw error;
    }
    await clock.sleep(pause, cancelled);
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof ServiceError && error.status === 404;
}

function isSame(name: string, other: string): boolean {
  return name.toLowerCase() === other.toLowerCase();
}

function inOrder(outputs: readonly RunOutput[], expected: readonly string[]): readonly RunOutput[] {
  const rank = ({ name }: RunOutput): number => {
    const index = expected.findIndex((wanted) => isSame(name, wanted));
    return index < 0 ? expected.length : index;
  };
  return [...outputs].sort((a, b) => rank(a) - rank(b));
}

function hasResult({ artifactId, artifactUri }: RunOutput): boolean {
  return artifactId !== undefined || artifactUri !== undefined;
}
