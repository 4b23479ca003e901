/** The secrets that went over the wire, so that a test can look for them where they must not be. No part of Azure. */
import { Readable } from "node:stream";
import { type Answer, type Door, type DoorHandler, type Exchange, readBody } from "./exchange.ts";

/** What kind of secret it is, as people call it. */
export type SecretKind =
  | "client secret"
  | "assertion made with the certificate"
  | "assertion of Azure DevOps"
  | "access token for Resource Manager"
  | "access token for storage"
  | "token of the job"
  | "account key"
  | "user delegation key"
  | "signature by user delegation"
  | "signature by account key"
  | "signature of a request by account key"
  | "signature of an operation address";

export interface SeenSecret {
  readonly kind: SecretKind;
  /** As it is, not encoded. */
  readonly value: string;
}

export interface SecretLedger {
  /** Each once, in the order they were first seen. */
  list(): readonly SeenSecret[];
  /** The handler, whose requests and answers are looked at. */
  watch(handle: DoorHandler): DoorHandler;
  clear(): void;
}

/** Begins an empty ledger. */
export function createSecretLedger(): SecretLedger {
  const seen = new Map<string, SeenSecret>();
  const note = (kind: SecretKind, value: string | null | undefined): void => {
    if (value) seen.set(`${kind} ${value}`, { kind, value });
  };
  return {
    list: () => [...seen.values()],
    clear: () => seen.clear(),
    watch: (handle) => async (exchange) => {
      noteHead(exchange, note);
      const answer = await withReadBody(exchange, await handle(exchange));
      if (exchange.door === "authority" || isTemplate(exchange)) noteSent(exchange, await exchange.body(), note);
      noteAnswer(exchange, answer, note);
      return answer;
    },
  };
}

type Note = (kind: SecretKind, value: string | null | undefined) => void;

const tokenKinds: Readonly<Record<Door, SecretKind>> = {
  arm: "access token for Resource Manager",
  authority: "access token for Resource Manager",
  blob: "access token for storage",
  devops: "token of the job",
  // Nobody shows a token there.
  metadata: "access token for Resource Manager",
};

function noteHead({ door, request, url }: Exchange, note: Note): void {
  const { authorization = "" } = request.headers;
  note(tokenKinds[door], /^Bearer (.+)$/i.exec(authorization)?.[1]);
  note("token of the job", basicPassword(authorization));
  note("signature of a request by account key", /^SharedKey [^:]+:(.+)$/i.exec(authorization)?.[1]);
  if (door === "blob") noteSignature(url.searchParams, note);
  if (door === "arm") noteOperation(url, note);
}

function basicPassword(authorization: string): string | undefined {
  const encoded = /^Basic (.+)$/i.exec(authorization)?.[1];
  return encoded && Buffer.from(encoded, "base64").toString("utf8").split(":").slice(1).join(":");
}

/** A SAS by user delegation names who delegates (`skoid`). */
function noteSignature(query: URLSearchParams, note: Note): void {
  note(query.has("skoid") ? "signature by user delegation" : "signature by account key", query.get("sig"));
}

/** `s` and `h` (wire notes, section 2); other parameters are a time and the certificate that belongs to them. */
function noteOperation(url: URL, note: Note): void {
  if (!url.searchParams.has("c")) return;
  for (const name of ["s", "h"]) note("signature of an operation address", url.searchParams.get(name));
}

const isTemplate = ({ door, method, url }: Exchange): boolean =>
  door === "arm" && method === "PUT" && /\/imageTemplates\/[^/]+$/i.test(url.pathname);

function noteSent({ door }: Exchange, body: Buffer, note: Note): void {
  const text = body.toString("utf8");
  if (door === "authority") {
    const form = new URLSearchParams(text);
    const assertion = form.get("client_assertion");
    note("client secret", form.get("client_secret"));
    note(isOfDevops(assertion) ? "assertion of Azure DevOps" : "assertion made with the certificate", assertion);
    return;
  }
  for (const [query] of text.matchAll(/\bsv=[^"'\\\s]+/g)) noteSignature(new URLSearchParams(query), note);
}

/** A certificate's thumbprint stands in the head of what it signed. */
function isOfDevops(assertion: string | null): boolean {
  const head = Buffer.from(assertion?.split(".")[0] ?? "", "base64url").toString("utf8");
  return !/"x5t/.test(head);
}

/** The answer that holds a key is small; all others are passed on as they come. */
async function withReadBody({ url }: Exchange, answer: Answer): Promise<Answer> {
  if (url.searchParams.get("comp") !== "userdelegationkey" || !(answer.body instanceof Readable)) return answer;
  return { ...answer, body: await readBody(answer.body) };
}

function noteAnswer({ url }: Exchange, { headers, body }: Answer, note: Note): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!/^(azure-asyncoperation|location)$/i.test(name)) continue;
    for (const address of [value].flat()) if (URL.canParse(address)) noteOperation(new URL(address), note);
  }
  if (!Buffer.isBuffer(body)) return;
  const text = body.toString("utf8");
  if (url.searchParams.get("comp") === "userdelegationkey")
    note("user delegation key", /<Value>([^<]+)<\/Value>/.exec(text)?.[1]);
  if (/\/listKeys$/i.test(url.pathname))
    for (const [, key] of text.matchAll(/"value":"([^"]+)"/g)) note("account key", key);
  note("assertion of Azure DevOps", /"oidcToken":"([^"]+)"/.exec(text)?.[1]);
}
