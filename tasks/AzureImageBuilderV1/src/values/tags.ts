/** Tags, written as a JSON object or as lines `name: value`. */
import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { problemCodes } from "../codes.ts";
import { bad, good, type BadValue, type Parsed, type Parser } from "./parsed.ts";

const legal = 'lines `name: value`, or a JSON object such as {"costCenter": "4711"}';

/** Tags for resources of the service, storage accounts among them. */
export const parseTags = tagsParser(128);

/** Tags for templates and images. Those whose names begin like the task's own are the task's to set. */
export const parseOwnTags = tagsParser(512, /^aib-task-/i);

/** Tags to look for on images: the task's own are among them. */
export const parseWantedTags = tagsParser(512);

/**
 * A parser of tags: at most 50, names of at most `longest` characters without `< > % & \ ? /`, values of at most 256
 * (facts, section 1.1). Values are kept as written: `1.10` stays `1.10`.
 */
function tagsParser(longest: number, reserved?: RegExp): Parser<Readonly<Record<string, string>>> {
  return (text) => readTags(text, (name, value) => tagFault(name, value, { longest, reserved }));
}

function readTags(
  text: string,
  faultOf: (name: string, value: string) => string | undefined,
): Parsed<Readonly<Record<string, string>>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { schema: "failsafe", lineCounter: lines, prettyErrors: false });
  const positioned = (offset: number, refusal: BadValue): BadValue => {
    const { line, col } = lines.linePos(offset);
    return { ...refusal, line, column: col };
  };
  const [error] = document.errors;
  if (error !== undefined) return positioned(error.pos[0], bad(problemCodes.badTags, error.message, legal));
  if (!isMap(document.contents)) return bad(problemCodes.badTags, "this is not a list of tags", legal);
  const tags: Record<string, string> = {};
  for (const { key, value } of document.contents.items) {
    const offset = isScalar(key) ? (key.range?.[0] ?? 0) : 0;
    const name = isScalar(key) ? String(key.value) : "";
    const given = value === null ? "" : isScalar(value) ? String(value.value) : undefined;
    if (given === undefined) {
      return positioned(offset, bad(problemCodes.badTags, `the value of the tag \`${name}\` is not a text`, legal));
    }
    const why = faultOf(name, given);
    if (why !== undefined) return positioned(offset, bad(problemCodes.badTags, why, legal));
    tags[name] = given;
  }
  if (Object.keys(tags).length > 50) return bad(problemCodes.badTags, "these are more than 50 tags", legal);
  return good(tags);
}

function tagFault(
  name: string,
  value: string,
  { longest, reserved }: { readonly longest: number; readonly reserved: RegExp | undefined },
): string | undefined {
  if (!/^[^<>%&\\?/\p{Cc}]+$/u.test(name) || name.length > longest) {
    return `\`${name}\` is not a tag's name (1 to ${longest} characters, none of < > % & \\ ? /)`;
  }
  if (reserved?.test(name)) return `\`${name}\` is a name that the task itself sets`;
  return value.length > 256 ? `the value of the tag \`${name}\` is longer than 256 characters` : undefined;
}
