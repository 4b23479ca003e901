/** An artifact's archive as a stream, with the job's token. */
import type { IncomingMessage } from "node:http";
import { brokenDownload } from "../../artifact/faults.ts";
import { ServiceError } from "../../errors.ts";
import type { PipelineArtifact } from "../../ports.ts";
import type { Client } from "./client.ts";
import { isPassing } from "../passing.ts";
import { refused, toServiceError } from "./errors.ts";

/** What of an error's text is read. */
const longestText = 2_000;

/** Yields the archive's bytes. Throws a ServiceError where it is refused, a TaskError AIB407 where it breaks off. */
export async function* download(
  { builds, isOwn }: Client,
  artifact: PipelineArtifact,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  signal.throwIfAborted();
  const what = `Azure DevOps, download of ${artifact.name}`;
  if (!isOwn(artifact.downloadUrl)) throw new TypeError("The artifact's address was taken for a good one.");
  const answer = await builds.http
    .get(artifact.downloadUrl, { Accept: "application/zip" })
    .then(({ message }) => message)
    .catch((error: unknown) => {
      throw beginAgain(toServiceError(error, what), artifact.name);
    });
  const stop = (): void => void answer.destroy(asError(signal.reason));
  signal.addEventListener("abort", stop, { once: true });
  try {
    await checkAnswer(answer, what).catch((error: unknown) => {
      throw beginAgain(error, artifact.name);
    });
    yield* readAll(answer, artifact.name);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    answer.destroy();
  }
}

/** What passes counts as a download that broke off. */
function beginAgain(error: unknown, name: string): unknown {
  return error instanceof ServiceError && isPassing(error) ? brokenDownload(name, error.message, error) : error;
}

async function checkAnswer(answer: IncomingMessage, what: string): Promise<void> {
  const { statusCode: status = 0, headers } = answer;
  if (status === 200 && headers["content-encoding"] === undefined) return;
  let message = "";
  for await (const part of answer as AsyncIterable<Buffer>) {
    message += part.toString("utf8");
    if (message.length > longestText) break;
  }
  throw refused(what, { status, message: messageIn(message), headers });
}

/** Azure DevOps says what is wrong in `message`. */
export function messageIn(text: string): string {
  try {
    const parsed = JSON.parse(text) as { readonly message?: unknown } | null;
    if (typeof parsed?.message === "string") return parsed.message;
  } catch {
    // No JSON: a gateway's page.
  }
  return /^\s*</.test(text) ? "The answer is a page of HTML." : text;
}

async function* readAll(answer: IncomingMessage, name: string): AsyncGenerator<Uint8Array> {
  let size = 0;
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      size += part.length;
      yield part;
    }
  } catch (error) {
    throw brokenDownload(name, `the connection broke after ${size} bytes (${asError(error).message})`, error);
  }
  const told = Number(answer.headers["content-length"] ?? size);
  if (told !== size) throw brokenDownload(name, `${size} of ${told} bytes came`);
}

function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}
