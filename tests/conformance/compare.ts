/** Strict comparison of the emulator's answer with a recorded one. */
import { normalAddress, normalRate, normalText } from "./patterns.ts";
import { objectOf, type Recording } from "./recording.ts";

export interface GivenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

/** Every difference, in words; empty where the answers match. */
export function compareAnswer(
  recording: Recording,
  answer: GivenAnswer,
  expectedBody = recording.response.body,
): readonly string[] {
  const { response, isTraffic } = recording;
  const status =
    response.status === answer.status ? [] : [`status: recorded ${response.status}, emulator ${answer.status}`];
  return [
    ...status,
    ...compareHeaders(recording, answer),
    ...compareBody(expectedBody, answer, !isTraffic),
    ...compareLayout(recording, answer),
  ];
}

/** Headers whose absence means as much as their presence. */
const TELLING = ["azure-asyncoperation", "location", "content-type"];

/** Image Builder never sends Retry-After; of other providers the recordings have lost it. */
function tellingOf({ request, isTraffic }: Recording): readonly string[] {
  if (!isTraffic) return [];
  return /\/Microsoft\.VirtualMachineImages\//i.test(request.path) ? [...TELLING, "retry-after"] : TELLING;
}

/** Headers that say how the service was run that day, when, or for whom. */
const PASSING = [
  "date",
  "server",
  "x-cache",
  "etag",
  "last-modified",
  "x-ms-creation-time",
  "x-ms-operation-identifier",
];

function headerOf(answer: GivenAnswer, name: string): string | undefined {
  const value = answer.headers[name];
  return typeof value === "string" || value === undefined ? value : value.join(", ");
}

function compareHeaders(recording: Recording, answer: GivenAnswer): readonly string[] {
  const { headers } = recording.response;
  const names = Object.keys(headers).filter(
    (name) => !PASSING.includes(name) || isConstantServer(name, headers[name] ?? ""),
  );
  const tellsLimit = Object.keys(answer.headers).some((name) => name.startsWith("x-ms-ratelimit-remaining-"));
  const wrong = names.flatMap((name) => {
    if (name.startsWith("x-ms-ratelimit-") && !COUNTED.test(name) && tellsLimit) return [];
    return compareHeader(name, headers[name] ?? "", headerOf(answer, name));
  });
  const extra = tellingOf(recording).filter(
    (name) => headers[name] === undefined && headerOf(answer, name) !== undefined,
  );
  const hasLength = recording.isTraffic && answer.status === 204 && headerOf(answer, "content-length") !== undefined;
  return [
    ...wrong,
    ...extra.map((name) => `header ${name}: not recorded, emulator '${headerOf(answer, name)}'`),
    ...(hasLength ? ["header content-length: not recorded on a 204"] : []),
  ];
}

/** The blob service names itself and its protocol version; Resource Manager's servers came and went. */
function isConstantServer(name: string, value: string): boolean {
  return name === "server" && value.startsWith("Windows-Azure-Blob");
}

/** Limits that the emulator counts; others are those of a provider's own time and only some limit must be told. */
const COUNTED = /^x-ms-ratelimit-remaining-(resource|subscription-(global-)?(reads|writes|deletes))$/;

function compareHeader(name: string, recorded: string, given: string | undefined): readonly string[] {
  if (given === undefined) return [`header ${name}: recorded '${shorten(recorded)}', absent in the emulator`];
  const [expected, actual] = [normalHeader(name, recorded), normalHeader(name, given)];
  return expected === actual ? [] : [`header ${name}: recorded '${shorten(expected)}', emulator '${shorten(actual)}'`];
}

function normalHeader(name: string, value: string): string {
  if (name === "azure-asyncoperation" || name === "location") return normalAddress(value);
  if (name.startsWith("x-ms-ratelimit-remaining")) return normalRate(value);
  if (name === "x-ms-routing-request-id")
    return normalText(value).replace(/^[A-Z0-9]+:\d{8}T\d{6}Z:/, "<region>:<time>:");
  // The length follows from the body, which is compared itself; that there is none is a fact of its own.
  if (name === "content-length") return value === "0" ? "0" : "<length>";
  return normalText(value);
}

function shorten(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

function compareBody(recorded: unknown, answer: GivenAnswer, isExcerpt: boolean): readonly string[] {
  if (recorded === undefined)
    return answer.text === "" ? [] : [`body: none recorded, emulator '${shorten(answer.text)}'`];
  if (answer.text === "") return ["body: recorded, none from the emulator"];
  if (typeof recorded === "string") return compareText(recorded, answer.text);
  return compareValues(recorded, parse(answer.text), { path: "body", isExcerpt, isVersionFree: false });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    return text;
  }
}

/** XML and other texts: the elements in order, without what is generated. */
function compareText(recorded: string, given: string): readonly string[] {
  const [expected, actual] = [recorded, given].map((text) =>
    text
      .replace(/(?<=<(Creation-Time|Last-Modified|Etag)>)[^<]+/g, "<value>")
      .replace(/RequestId:[0-9a-f-]{36}\s*Time:[0-9T:.-]+Z/g, "<request>")
      .replace(/(?<=<)(\w+)><\/\1>/g, "$1 />")
      .replace(/\s*\n\s*/g, ""),
  );
  if (expected === actual) return [];
  return [`body: recorded '${shorten(expected ?? "")}', emulator '${shorten(actual ?? "")}'`];
}

interface Place {
  readonly path: string;
  /** The recorded body is an excerpt: what it lacks may be there. */
  readonly isExcerpt: boolean;
  /** The template asked for the latest version: the number found depends on the day. */
  readonly isVersionFree: boolean;
}

/** Differences of two JSON values. */
export function compareValues(recorded: unknown, given: unknown, place: Place): readonly string[] {
  if (Array.isArray(recorded) || Array.isArray(given)) return compareLists(recorded, given, place);
  const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;
  if (isObject(recorded) && isObject(given)) return compareObjects(objectOf(recorded), objectOf(given), place);
  const [expected, actual] = [normalValue(recorded, place), normalValue(given, place)];
  if (typeof expected === typeof actual && expected === actual) return [];
  return [
    `${place.path}: recorded ${shorten(JSON.stringify(recorded) ?? "nothing")}, emulator ${shorten(JSON.stringify(given) ?? "nothing")}`,
  ];
}

function compareLists(recorded: unknown, given: unknown, place: Place): readonly string[] {
  if (!Array.isArray(recorded) || !Array.isArray(given))
    return [`${place.path}: recorded and emulator are not both arrays`];
  const [expected, actual] = [recorded as readonly unknown[], given as readonly unknown[]];
  if (expected.length !== actual.length)
    return [`${place.path}: recorded ${expected.length} items, emulator ${actual.length}`];
  return expected.flatMap((item, index) =>
    compareValues(item, actual[index], { ...place, path: `${place.path}[${index}]` }),
  );
}

type Json = Readonly<Record<string, unknown>>;

function compareObjects(recorded: Json, given: Json, place: Place): readonly string[] {
  const isVersionFree = recorded["version"] === "latest";
  const names = new Map(Object.keys(given).map((key) => [normalKey(key), key]));
  const compared = Object.entries(recorded).flatMap(([key, value]) => {
    const path = `${place.path}.${key}`;
    const name = names.get(normalKey(key));
    if (name === undefined) return [`${path}: recorded, absent in the emulator`];
    return compareValues(value, given[name], { ...place, path, isVersionFree });
  });
  const known = new Set(Object.keys(recorded).map(normalKey));
  const extra = place.isExcerpt ? [] : Object.keys(given).filter((key) => !known.has(normalKey(key)));
  return [...compared, ...extra.map((key) => `${place.path}.${key}: not recorded, emulator has it`)];
}

/** Keys are constants, but for ids used as keys. */
function normalKey(key: string): string {
  return key.startsWith("/") ? normalText(key) : key;
}

function normalValue(value: unknown, place: Place): unknown {
  if (typeof value !== "string") return value;
  if (place.isVersionFree && place.path.endsWith(".exactVersion") && /^\d+(\.\d+){2,3}$/.test(value))
    return "<version>";
  if (/\.keys\[\d+\]\.value$/.test(place.path) && /^[A-Za-z0-9+/]+={0,2}$/.test(value)) return "<account key>";
  return normalText(value);
}

/** White space of the body, where the recording kept its text (wire notes, section 1: one blank for each level). */
function compareLayout({ response }: Recording, answer: GivenAnswer): readonly string[] {
  if (response.bodyRaw === undefined) return [];
  const layout = (text: string): string => normalText(text).replace(/"(?:[^"\\]|\\.)*"/g, '""');
  return layout(response.bodyRaw) === layout(answer.text) ? [] : ["body: its white space is not the recorded one"];
}
