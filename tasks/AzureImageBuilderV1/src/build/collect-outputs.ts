/** Reads what a run has produced; the list may lag the run's end (wire notes, section 5). */
import type { RunOutput, TemplateRef } from "../ports.ts";
import { type BuildPorts, mayPass } from "./ports.ts";

const patience = 2 * 60_000;
const pause = 6_000;

/**
 * The run's outputs, waiting a short while until the one called `expected` is there. Gives what there is when it does
 * not come. Throws a ServiceError where the list cannot be read.
 */
export async function collectOutputs(
  ref: TemplateRef,
  expected: string,
  { clock, cancelled, templates }: BuildPorts,
): Promise<readonly RunOutput[]> {
  const end = clock.now().getTime() + patience;
  for (;;) {
    const late = clock.now().getTime() + pause > end;
    try {
      const outputs = (await templates.runOutputs(ref)).filter(hasResult);
      if (late || outputs.some(({ name }) => name.toLowerCase() === expected.toLowerCase())) return outputs;
    } catch (error) {
      if (late || !mayPass(error)) throw error;
    }
    await clock.sleep(pause, cancelled);
  }
}

function hasResult({ artifactId, artifactUri }: RunOutput): boolean {
  return artifactId !== undefined || artifactUri !== undefined;
}
