/** What has changed between two requests, in sentences for people. */
import { canonicalJson, type FormDefinition, type FormStep, type RequestForm } from "./form.ts";

/** A part of the form. */
export type ChangedPart =
  "source" | "artifact" | "steps" | "validation" | "disks" | "identities" | "optimize" | "definition" | "security";

/** One difference. */
export interface Change {
  readonly part: ChangedPart;
  /** A clause without a full stop, e.g. `step 3 (Shell) has changed`. */
  readonly text: string;
}

/** The differences, in the order in which the parts come about; none exactly where the digests are equal. */
export function compareForms(earlier: RequestForm, now: RequestForm): readonly Change[] {
  return [
    ...tell("source", compareSources(earlier.source, now.source)),
    ...tell("artifact", compareArtifacts(earlier, now)),
    ...tell("steps", compareSteps("step", earlier.steps, now.steps)),
    ...tell("validation", compareValidation(earlier, now)),
    ...tell(
      "disks",
      isSame(earlier.disks, now.disks) ? [] : [`the disks are ${disksOf(now)} and were ${disksOf(earlier)}`],
    ),
    ...tell("identities", compareIdentities(earlier, now)),
    ...tell("optimize", isSame(earlier.optimize, now.optimize) ? [] : ["the optimisation has changed"]),
    ...compareDefinitions(earlier.definitions, now.definitions),
  ];
}

function tell(part: ChangedPart, texts: readonly string[]): readonly Change[] {
  return texts.map((text) => ({ part, text }));
}

function isSame(left: unknown, right: unknown): boolean {
  return canonicalJson(left ?? null) === canonicalJson(right ?? null);
}

function compareSources(earlier: RequestForm["source"], now: RequestForm["source"]): readonly string[] {
  if (isSame(earlier, now)) return [];
  const [before, after] = [imageOf(earlier), imageOf(now)];
  if (before.name !== after.name)
    return [`the source is ${after.name} ${after.version} and was ${before.name} ${before.version}`];
  if (before.version === after.version) return ["the source's purchase plan has changed"];
  return [`the source is version ${after.version} and was ${before.version}`];
}

function imageOf(source: RequestForm["source"]): { readonly name: string; readonly version: string } {
  const { publisher = "", offer = "", sku = "", version = "", imageVersionId, imageId } = source;
  const [name = "", number = ""] = imageVersionId?.split("/versions/") ?? [];
  if (imageVersionId !== undefined) return { name, version: number };
  return imageId === undefined ? { name: `${publisher}:${offer}:${sku}`, version } : { name: imageId, version: "" };
}

function compareArtifacts({ artifact: earlier }: RequestForm, { artifact: now }: RequestForm): readonly string[] {
  if (isSame(earlier, now)) return [];
  if (earlier === undefined) return ["there is an artifact now, and there was none"];
  if (now === undefined) return ["there is no artifact now, and there was one"];
  return [
    ...(earlier.content === now.content ? [] : ["the artifact's content has changed"]),
    ...(earlier.folder === now.folder ? [] : [`the artifact's folder is ${now.folder} and was ${earlier.folder}`]),
  ];
}

/** Steps of equal number are compared with each other; otherwise the first that differs is named. */
function compareSteps(noun: string, earlier: readonly FormStep[], now: readonly FormStep[]): readonly string[] {
  const changed = now.flatMap(({ type }, index) => {
    const before = earlier[index];
    if (before === undefined || isSame(before, now[index])) return [];
    return [`${noun} ${index + 1} (${type}) ${before.type === type ? "has changed" : `was of type ${before.type}`}`];
  });
  if (earlier.length === now.length) return changed;
  const counts = `there ${now.length === 1 ? `is 1 ${noun}` : `are ${now.length} ${noun}s`}, and there ${
    earlier.length === 1 ? "was 1" : `were ${earlier.length}`
  }`;
  return [counts, ...changed.slice(0, 1)];
}

function compareValidation({ validation: earlier }: RequestForm, { validation: now }: RequestForm): readonly string[] {
  if (isSame(earlier, now)) return [];
  if (earlier === undefined) return ["the image is validated now, and was not"];
  if (now === undefined) return ["the image is not validated now, and was"];
  const ways = isSame({ ...earlier, validators: [] }, { ...now, validators: [] });
  return [
    ...compareSteps("validator", earlier.validators, now.validators),
    ...(ways ? [] : ["what follows from the validation has changed"]),
  ];
}

function disksOf({ disks: { os, data } }: RequestForm): string {
  const own = os === 0 ? "the source's own" : `${os} GiB`;
  return data.length === 0 ? own : `${own} and ${data.map((size) => `${size} GiB`).join(", ")}`;
}

function compareIdentities({ identities: earlier }: RequestForm, { identities: now }: RequestForm): readonly string[] {
  const added = now.filter((id) => !earlier.includes(id));
  const gone = earlier.filter((id) => !now.includes(id));
  return [
    ...added.map((id) => `the build VM has the identity ${id} now`),
    ...gone.map((id) => `the build VM no longer has the identity ${id}`),
  ];
}

function compareDefinitions(earlier: readonly FormDefinition[], now: readonly FormDefinition[]): readonly Change[] {
  if (isSame(earlier, now)) return [];
  const places = (all: readonly FormDefinition[]): string => all.map(({ kind, id }) => id ?? kind).join(" and ");
  if (places(earlier) !== places(now)) {
    return tell("definition", [`the image goes to ${places(now)} and went to ${places(earlier)}`]);
  }
  return now.flatMap((one, index) => {
    const before = earlier[index];
    const texts = (["generation", "securityType"] as const).flatMap((name) => {
      if (before === undefined || before[name] === one[name]) return [];
      const what = name === "generation" ? "generation" : "security type";
      return [
        `the ${what} of ${one.id ?? one.kind} is ${one[name] ?? "not known"} and was ${before[name] ?? "not known"}`,
      ];
    });
    return tell("security", texts);
  });
}
