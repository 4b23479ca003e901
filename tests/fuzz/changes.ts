/** What may be wrong with an answer: its body, its headers, its status, where it leads. */
import fc from "fast-check";
import type { Json } from "../golden/any-inputs/tree.ts";
import { mutations } from "./json.ts";
import { nearly } from "./texts.ts";
import type { Answer } from "./wire.ts";

/** What is done to the answers of a case. */
export interface Change {
  /** Share of the answers that the call site was given: which of them is changed. */
  readonly which: number;
  readonly edit: (answer: Answer, foreign: string) => Answer;
  /** Whether the change lasts, or the answers after it are good. */
  readonly lasts: boolean;
}

/** Deeper than any reader that calls itself gets. */
function nestedBody(open: string, inner: string, close: string): string {
  return `${open.repeat(30_000)}${inner}${close.repeat(30_000)}`;
}

const withBody = (answer: Answer, body: string): Answer => ({ ...answer, body });
/** The answer with more headers, or others. */
export const withHeaders = (answer: Answer, headers: Readonly<Record<string, string>>): Answer => ({
  ...answer,
  headers: { ...answer.headers, ...headers },
});

/** Values of headers: garbage, the far end of what is legal, and a host that is not Azure's in place of FOREIGN. */
const garbage = [
  "",
  "soon",
  "-1",
  "0",
  "0.0001",
  "NaN",
  "1e3",
  "Thu, 01 Jan 1970 00:00:00 GMT",
  "FOREIGN/a?b=c",
  "//FOREIGN",
  "relative",
  "http://[",
  "x".repeat(9_000),
];
const named = [
  "retry-after",
  "retry-after-ms",
  "azure-asyncoperation",
  "location",
  "operation-location",
  "content-type",
  "x-ms-error-code",
  "etag",
  "last-modified",
  "content-range",
  "x-ms-creation-time",
];
const statuses = [
  200, 201, 202, 204, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 409, 412, 416, 418, 429, 500,
  501, 503, 511,
];

const edits: fc.Arbitrary<Change["edit"]> = fc.oneof(
  {
    arbitrary: mutations(3).map((change) => (answer: Answer) => withBody(answer, changedJson(answer.body, change))),
    weight: 6,
  },
  {
    arbitrary: nearly(fc.constant("\u0000")).map(
      (text) => (answer: Answer) =>
        withBody(
          answer,
          text.replace("\u0000", () => answer.body),
        ),
    ),
    weight: 1,
  },
  {
    arbitrary: fc
      .double({ min: 0, max: 1, noNaN: true })
      .map(
        (share) => (answer: Answer) => withBody(answer, answer.body.slice(0, Math.floor(share * answer.body.length))),
      ),
    weight: 1,
  },
  {
    arbitrary: fc
      .constantFrom(
        "",
        "null",
        "[]",
        "{}",
        "0",
        '"a"',
        "<html><title>Sign in</title></html>",
        "\ufeff{}",
        "<?xml version='1.0'?><a/>",
        '{"error":null}',
        '{"value":null}',
        '{"value":{}}',
        '{"value":[null]}',
        '{"value":[[]]}',
        '{"value":["a"]}',
        nestedBody('{"error":', "{}", "}"),
        nestedBody('{"code":"a","details":[', "", "]}"),
        nestedBody("[", "", "]"),
      )
      .map((body) => (answer: Answer) => withBody(answer, body)),
    weight: 2,
  },
  {
    arbitrary: fc.tuple(fc.constantFrom(...named), fc.constantFrom(...garbage)).map(
      ([name, value]) =>
        (answer: Answer, foreign: string) =>
          withHeaders(answer, { [name]: value.replace("FOREIGN", foreign) }),
    ),
    weight: 3,
  },
  {
    arbitrary: fc.tuple(fc.constantFrom(...named), fc.boolean()).map(([name, all]) => (answer: Answer) => ({
      ...answer,
      headers: Object.fromEntries(Object.entries(answer.headers).filter(([key]) => !all && key !== name)),
    })),
    weight: 1,
  },
  {
    arbitrary: fc
      .tuple(fc.constantFrom(...statuses), fc.constantFrom("FOREIGN/a", "", "/a"))
      .map(([status, where]) => (answer: Answer, foreign: string) => ({
        ...withHeaders(answer, where === "" ? {} : { location: where.replace("FOREIGN", foreign) }),
        status,
      })),
    weight: 2,
  },
  {
    arbitrary: fc
      .constantFrom("FOREIGN/next?page=2", "SELF", "http://[", "", "/subscriptions")
      .map((link) => (answer: Answer, foreign: string) => {
        const body = parsed(answer.body);
        if (typeof body !== "object" || body === null || Array.isArray(body)) return answer;
        return withBody(answer, JSON.stringify({ ...body, nextLink: link.replace("FOREIGN", foreign) }));
      }),
    weight: 2,
  },
);

/** Changes of every kind. */
export const changes: fc.Arbitrary<Change> = fc.record({
  which: fc.noBias(fc.double({ min: 0, max: 0.999, noNaN: true })),
  edit: edits,
  lasts: fc.boolean(),
});

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** XML is changed as a text of JSON would be. */
function changedJson(text: string, change: (tree: Json) => Json): string {
  const tree = parsed(text);
  if (typeof tree === "string")
    return text.replace(
      />([^<]+)</,
      () =>
        `>${JSON.stringify(change([text]))
          .slice(0, 50)
          .replace(/</g, "")}<`,
    );
  return JSON.stringify(change(tree));
}
