/** Looks at what addresses give, through the agent's proxy and certificates, in bounded time. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  type PipelineResponse,
} from "@azure/core-rest-pipeline";
import type { ProbeOptions, WebAnswer, WebProbe } from "../../ports.ts";
import { redactSignatures } from "../../values/redact.ts";
import type { Session } from "./session.ts";
import { storageScope } from "./spent-token.ts";

/** Longest wait for one answer, in milliseconds: a check is to take seconds. */
const lookTimeout = 10_000;
const mostRedirects = 5;
/** A version of the blob service that takes tokens and that all clouds have. */
const blobVersion = "2021-12-02";

/** The port over the session that `open` gives. */
export function createWebProbe(open: () => Promise<Session>): WebProbe {
  return {
    probe: async (address, options) => {
      const session = await open();
      try {
        return await look(session, address, options);
      } catch (error) {
        return { error: describeFailure(error) };
      }
    },
  };
}

async function look(session: Session, address: string, options: ProbeOptions): Promise<WebAnswer> {
  const signal = AbortSignal.timeout(lookTimeout);
  const headers = options.as === "connection" ? await signIn(session) : {};
  let url = new URL(address);
  // Some servers refuse HEAD and give the content all the same.
  let method: Method = options.digestUpTo === undefined ? "HEAD" : "GET";
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    if (url.protocol !== "https:") return { error: `it leads on to ${url.protocol}//${url.host}, which is not https` };
    const isFirst = url.href === new URL(address).href;
    const request = { url, method, headers: isFirst ? headers : {}, signal };
    const answer = await send(session, request);
    if (method === "HEAD" && (answer.status === 405 || answer.status === 501)) {
      discard(answer);
      method = "GET";
      continue;
    }
    const next = answer.headers.get("location");
    if (answer.status < 300 || answer.status > 399 || next === undefined) return readAnswer(answer, options);
    discard(answer);
    url = new URL(next, url);
  }
  return { error: `it leads on to other addresses more than ${mostRedirects} times` };
}

type Method = "GET" | "HEAD";

interface Request {
  readonly url: URL;
  readonly method: Method;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

async function signIn({ credential }: Session): Promise<Readonly<Record<string, string>>> {
  const token = await credential.getToken(storageScope);
  return token === null ? {} : { authorization: `Bearer ${token.token}`, "x-ms-version": blobVersion };
}

/** One request; each address has its own way through the network, so redirects are not left to the library. */
function send({ pools, options }: Session, { url, method, headers, signal }: Request): Promise<PipelineResponse> {
  const agent = pools.poolFor(url.href);
  const pipeline = createPipelineFromOptions({
    ...(agent === undefined ? {} : { agent }),
    userAgentOptions: { userAgentPrefix: options.userAgent },
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
  });
  const request = createPipelineRequest({
    url: url.href,
    method,
    headers: createHttpHeaders({ ...headers, "accept-encoding": "identity" }),
    abortSignal: signal,
    streamResponseStatusCodes: new Set([Number.POSITIVE_INFINITY]),
  });
  return pipeline.sendRequest(createDefaultHttpClient(), request);
}

function discard({ readableStreamBody: body }: PipelineResponse): void {
  if (body instanceof Readable) body.destroy();
}

async function readAnswer(answer: PipelineResponse, { digestUpTo }: ProbeOptions): Promise<WebAnswer> {
  const { status, headers } = answer;
  const contentType = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  const told = headers.get("content-length");
  const errorCode = headers.get("x-ms-error-code");
  const isWanted = digestUpTo !== undefined && status === 200;
  const content = isWanted ? await readContent(answer, digestUpTo) : undefined;
  if (content === undefined) discard(answer);
  return {
    status,
    ...(contentType === undefined ? {} : { contentType }),
    ...(told === undefined ? {} : { length: Number(told) }),
    ...content,
    ...(errorCode === undefined ? {} : { errorCode }),
  };
}

/** Undefined where there are more than `most` bytes. */
async function readContent(
  { readableStreamBody: body }: PipelineResponse,
  most: number,
): Promise<{ readonly length: number; readonly sha256: string } | undefined> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const part of (body ?? []) as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > most) return undefined;
    hash.update(part);
  }
  return { length, sha256: hash.digest("hex") };
}

function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "AbortError" || error.name === "TimeoutError") return `no answer within ${lookTimeout / 1000} s`;
  const { code } = error as { readonly code?: unknown };
  const text = redactSignatures(error.message);
  return typeof code === "string" && !text.includes(code) ? `${code}: ${text}` : text;
}
