/** The parts of a summary, most wanted first: result, failure, images, facts, use, durations, what is left. */
import { formatDuration } from "../values/duration.ts";
import { portalLink } from "./portal.ts";
import { describeFailure } from "./summary-failure.ts";
import { code, link, prose, table } from "./summary-markdown.ts";
import { describeUse } from "./summary-use.ts";
import type { SummaryData, SummaryImage } from "./summary.ts";

/** How much is shown. */
export interface Limits {
  /** Lines of each piece of evidence, the last ones; 0 shows none. */
  readonly evidenceLines: number;
  /** Characters of such a line. */
  readonly evidenceWidth: number;
  /** Entries of a list or table, the first ones. */
  readonly rows: number;
  /** Characters of any other text. */
  readonly text: number;
}

/** The sections that there is something to say in, each with its heading. */
export function sections(data: SummaryData, limits: Limits): readonly string[] {
  const { cleanedUp, left } = data.leftovers;
  const asProse = (text: string): string => prose(text, limits.text);
  return [
    describeResult(data, limits),
    describeFailure(data, limits),
    describeImages(data, limits),
    describeFacts(data, limits),
    describeUse(data, limits),
    describePhases(data, limits),
    describeSteps(data, limits),
    list("### Cleaned up", cleanedUp.map(asProse), limits),
    list(
      "### Left in Azure",
      left.map((text) => describeLeft(text, limits)),
      limits,
    ),
    list("### Notes", data.notes.map(asProse), limits),
  ]
    .filter((blocks) => blocks.length > 0)
    .map((blocks) => blocks.join("\n\n"));
}

const headings: Readonly<Record<SummaryData["outcome"], string>> = {
  Succeeded: "## Image built",
  PartiallySucceeded: "## Image built, not for every target",
  Failed: "## Image build failed",
  Canceled: "## Image build cancelled",
  Reused: "## Image reused",
  Started: "## Image build started",
  Found: "## Image found",
};

const kinds: Readonly<Record<SummaryImage["kind"], string>> = {
  gallery: "Gallery version",
  managedImage: "Managed image",
  vhd: "VHD",
  missing: "No image",
};

function describeResult({ outcome, images, totalMs, reason, failure }: SummaryData, limits: Limits): readonly string[] {
  const time = totalMs === undefined ? "" : ` The step took ${formatDuration(totalMs)}.`;
  const why = reason === undefined || failure !== undefined ? "" : ` ${prose(reason, limits.text)}`;
  return [headings[outcome], `**${outcome}.** ${resultWords(outcome, images, limits)}${time}${why}`];
}

function resultWords(outcome: SummaryData["outcome"], images: readonly SummaryImage[], limits: Limits): string {
  switch (outcome) {
    case "Succeeded":
      return `${imageWords(images, limits)}.`;
    case "PartiallySucceeded": {
      const made = images.filter(({ kind }) => kind !== "missing");
      return `${made.length} of ${images.length} targets have an image.`;
    }
    case "Reused":
      return `Nothing was built: an image that was made of the same things is there. ${imageWords(images, limits)}.`;
    case "Started":
      return "The build goes on in Azure, and this step does not wait for it.";
    case "Found":
      return `Nothing was built. ${imageWords(images, limits)}.`;
    case "Failed":
      return images.length === 0
        ? "There is no image."
        : `The image is there all the same: ${imageWords(images, limits)}.`;
    case "Canceled":
      return "The build was stopped before there was an image.";
  }
}

function imageWords(images: readonly SummaryImage[], limits: Limits): string {
  const [first, ...others] = images;
  if (first === undefined) return "No image was reported";
  if (others.length > 0) return `${images.length} images`;
  const name = first.version ?? first.id?.split("/").at(-1) ?? first.uri?.split("/").at(-1);
  const what = name === undefined ? kinds[first.kind] : `${kinds[first.kind]} ${code(name, limits.text)}`;
  return first.regions.length === 0 ? what : `${what} in ${regionList(first.regions, limits)}`;
}

function describeImages({ images, portal }: SummaryData, limits: Limits): readonly string[] {
  if (images.length === 0) return [];
  const open = (label: string, id: string | undefined): readonly string[] => {
    const address = id === undefined || portal === undefined ? undefined : portalLink(id, portal);
    return address === undefined || address.length > limits.text ? [] : [link(label, address)];
  };
  const rows = images
    .slice(0, limits.rows)
    .map(({ name, kind, id, uri, version, definition, regions }) => [
      code(name, limits.text),
      kinds[kind],
      version === undefined ? "" : code(version, limits.text),
      regionList(regions, limits),
      code(id ?? uri ?? "", limits.text),
      [...open("image", id), ...open("definition", definition)].join(", "),
    ]);
  const head = ["target", "kind", "version", "regions", "ID or address", "portal"];
  return ["### Images", table(head, rows), ...more(images.length, limits)];
}

function regionList(regions: readonly string[], { rows, text }: Limits): string {
  const shown = regions.slice(0, rows).map((region) => code(region, Math.min(text, 60)));
  return [...shown, ...(regions.length > rows ? [`${regions.length - rows} more`] : [])].join(", ");
}

function describeFacts(
  { source, artifactDigest, requestDigest, template, portal }: SummaryData,
  { text }: Limits,
): readonly string[] {
  const address =
    portal === undefined || template === undefined || template.removed ? undefined : portalLink(template.id, portal);
  const page = address === undefined || address.length > text ? "" : ` (${link("portal", address)})`;
  const version = source?.version === undefined ? "" : `, version ${code(source.version, text)}`;
  const lines = [
    ...(source === undefined ? [] : [`- Source: ${code(source.name ?? "as the template says", text)}${version}`]),
    ...(artifactDigest === undefined ? [] : [`- Artifact: ${code(artifactDigest, text)}`]),
    ...(requestDigest === undefined ? [] : [`- Request: ${code(requestDigest, text)}`]),
    ...(template === undefined
      ? []
      : [
          `- Image template: ${code(template.name, text)}${template.removed ? ", removed" : ""}${page}`,
          `- Its ID: ${code(template.id, text)}`,
        ]),
  ];
  return lines.length === 0 ? [] : ["### Build", lines.join("\n")];
}

function describePhases({ phases }: SummaryData, limits: Limits): readonly string[] {
  if (phases.length === 0) return [];
  const rows = phases.slice(0, limits.rows).map(({ phase, ms }) => [code(phase, limits.text), formatDuration(ms)]);
  return ["### Phases", table(["phase", "time"], rows), ...more(phases.length, limits)];
}

/** A step that failed is shown however many there are. */
function describeSteps({ steps }: SummaryData, limits: Limits): readonly string[] {
  if (steps.length === 0) return [];
  const shown = steps.filter(({ failed }, index) => failed || index < limits.rows).slice(-limits.rows);
  const rows = shown.map(({ name, type, ms, failed, stopped }) => [
    code(name, limits.text),
    code(type, limits.text),
    formatDuration(ms),
    failed ? "**failed**" : stopped ? "**stopped**" : "",
  ]);
  return ["### Steps", table(["step", "type", "time", "result"], rows), ...more(steps.length, limits)];
}

/** What stays, and the command that removes it. */
function describeLeft(text: string, limits: Limits): string {
  const [, what, command] = /^(.*?):\s+(az\s.*)$/s.exec(text) ?? [];
  if (what === undefined || command === undefined) return prose(text, limits.text);
  return `${prose(what, limits.text)}: ${code(command, limits.text)}`;
}

function list(heading: string, items: readonly string[], limits: Limits): readonly string[] {
  if (items.length === 0) return [];
  const lines = items.slice(0, limits.rows).map((item) => `- ${item}`);
  return [heading, lines.join("\n"), ...more(items.length, limits)];
}

function more(count: number, { rows }: Limits): readonly string[] {
  return count > rows ? [`And ${count - rows} more.`] : [];
}
