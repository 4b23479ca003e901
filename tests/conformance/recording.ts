/** A recorded exchange as it lies in a file: one request and its answer. */
import { readFileSync } from "node:fs";

export interface RecordedRequest {
  readonly method: string;
  /** Path and query at Resource Manager, or a whole address of the blob service. */
  readonly path: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

export interface RecordedResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** The body's text, where the recording kept it. */
  readonly bodyRaw: string | undefined;
}

export interface Recording {
  readonly file: string;
  readonly source: string;
  readonly note: string;
  readonly request: RecordedRequest;
  readonly response: RecordedResponse;
  /** From traffic; false: taken from a document or an issue, where parts of the body may have been left out. */
  readonly isTraffic: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/** An object, or an empty one in its place. */
export function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

/** A string, or an empty one in its place. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Reads a file. @throws Error when it is no JSON or has no request and response of the form */
export function readRecording(folder: string, file: string): Recording {
  const value = objectOf(JSON.parse(readFileSync(`${folder}/${file}`, "utf8")));
  return parseRecording(file, value);
}

/** Takes a recording from its JSON value; the file's name is only how it is called. @throws Error as readRecording */
export function parseRecording(file: string, value: Json): Recording {
  const request = objectOf(value["request"]);
  const response = objectOf(value["response"]);
  if (textOf(request["method"]) === "" || textOf(request["path"]) === "" || typeof response["status"] !== "number") {
    throw new Error(`${file} is no recorded exchange: it needs request.method, request.path and response.status.`);
  }
  const source = textOf(value["source"]);
  return {
    file,
    source,
    note: textOf(value["note"]),
    request: {
      method: textOf(request["method"]).toUpperCase(),
      path: textOf(request["path"]),
      body: request["body"] ?? undefined,
      headers: lowerCase(request["headers"]),
    },
    response: {
      status: response["status"],
      headers: lowerCase(response["headers"]),
      body: response["body"] ?? response["body_excerpt"] ?? undefined,
      bodyRaw: typeof response["bodyRaw"] === "string" ? response["bodyRaw"] : undefined,
    },
    isTraffic: /recorded |recording\.json|recordings\//i.test(source),
  };
}

/** Headers with their names in lower case; of several values the first. */
function lowerCase(headers: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(objectOf(headers)).map(([name, value]) => {
      const [first] = Array.isArray(value) ? (value as readonly unknown[]) : [value];
      return [name.toLowerCase(), String(first)];
    }),
  );
}
