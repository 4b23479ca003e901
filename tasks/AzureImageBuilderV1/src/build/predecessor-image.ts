/** The images of an earlier attempt whose template is gone or of no use; one that is still being made is waited for. */
import {
  findMadeImages,
  type ImagePlaces,
  type MadeImages,
  type Maker,
  readImagePlaces,
} from "../facts/made-images.ts";
import type { TemplateDistributor } from "../image-template.ts";
import type { RunOutput } from "../ports.ts";
import type { BuildPorts } from "./ports.ts";
import { type Look, waitPatiently } from "./wait-patiently.ts";

/** Replication takes its time (wire notes, section 5); milliseconds. */
const limitMs = 30 * 60_000;
const pauseMs = 20_000;

export interface PredecessorImages {
  readonly maker: Maker;
  /** What was read before; absent: nothing, or it may be out of date. */
  readonly known?: ImagePlaces | undefined;
}

/** The image of each target; undefined where they are to be built. Throws nothing but the signal's reason. */
export async function findPredecessorImages(
  targets: readonly TemplateDistributor[],
  { maker, known }: PredecessorImages,
  ports: BuildPorts,
): Promise<readonly RunOutput[] | undefined> {
  let places = known;
  const look = async (): Promise<Look<MadeImages>> => {
    const made = findMadeImages(targets, maker, places ?? (await readImagePlaces(targets, ports.facts)));
    places = undefined;
    if (made.state !== "coming") return { over: true, value: made };
    return { over: false, why: `An earlier attempt's image is still being made: ${made.waiting.join(", ")}.` };
  };
  const waited = await waitPatiently({ limitMs, pauseMs }, look, ports);
  if (waited.state === "over") return waited.value.state === "ready" ? waited.value.outputs : undefined;
  ports.agent.info(`${waited.why} That was waited for ${limitMs / 60_000} minutes; the build begins anew.`);
  return undefined;
}
