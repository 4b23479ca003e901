/** Everything that goes wrong on a network and in services, as faults of the emulator or of the machine itself. */
import type { Fault } from "../../tests/emulator/index.ts";
import type { FaultKind } from "./types.ts";

/** A kind, and how it is made: by the emulator, or where `machine` says so by the machine that the task runs on. */
export interface MadeFault extends FaultKind {
  readonly action: Fault["action"];
  readonly machine?: "refuses" | { readonly skewMs: number };
}

const json = { "Content-Type": "application/json; charset=utf-8" };
const html = { "Content-Type": "text/html; charset=utf-8" };
const page =
  "<!DOCTYPE html><html><head><title>Sign in to the network</title></head><body>Please sign in.</body></html>";
const minute = 60_000;

const status = (code: number, name: string, headers: Readonly<Record<string, string>> = {}): Fault["action"] => ({
  status: code,
  body: { error: { code: name, message: `Scripted fault: ${name}.` } },
  headers: { ...json, ...headers, "x-ms-error-code": name },
});

const once = { at: "site", burst: false, uncertain: false } as const;
const twice = { at: "site", burst: true, uncertain: false } as const;
const unsure = { ...twice, uncertain: true } as const;

/** All of them, in the order in which they are shown. */
export const faultKinds: readonly MadeFault[] = [
  { ...unsure, name: "refused", what: "the connection is refused", action: { drop: "before" }, machine: "refuses" },
  {
    ...unsure,
    name: "reset before",
    what: "the connection breaks before the request is processed",
    action: { drop: "before" },
  },
  {
    ...unsure,
    name: "reset after",
    what: "the request is processed, and the connection breaks before the answer",
    action: { drop: "after" },
  },
  {
    ...unsure,
    name: "half a body",
    what: "the request is processed, and the connection breaks in the middle of the answer",
    action: { cut: true },
  },
  { ...twice, name: "408", what: "408 RequestTimeout, not processed", action: status(408, "RequestTimeout") },
  {
    ...twice,
    name: "429 with Retry-After",
    what: "429 with Retry-After of 7 s, not processed",
    action: status(429, "TooManyRequests", { "Retry-After": "7" }),
  },
  { ...twice, name: "429", what: "429 without Retry-After, not processed", action: status(429, "TooManyRequests") },
  {
    ...unsure,
    name: "500",
    what: "500 InternalServerError, not processed",
    action: status(500, "InternalServerError"),
  },
  {
    ...unsure,
    name: "502",
    what: "502 with a gateway's page, not processed",
    action: { status: 502, body: "<html><title>502 Bad Gateway</title></html>", headers: html },
  },
  { ...twice, name: "503", what: "503 ServiceUnavailable, not processed", action: status(503, "ServiceUnavailable") },
  {
    ...unsure,
    name: "504 accepted",
    what: "504 of a gateway, and the request was processed",
    action: { ...status(504, "GatewayTimeout"), afterWork: true },
  },
  { ...once, name: "404", what: "404, as just after a create", action: status(404, "ResourceNotFound") },
  {
    ...once,
    name: "401",
    what: "401, the token has expired",
    action: status(401, "ExpiredAuthenticationToken", {
      "WWW-Authenticate": 'Bearer error="invalid_token", error_description="The access token has expired."',
    }),
  },
  {
    ...once,
    name: "HTML",
    what: "200 with a page of HTML, as of a network's sign-in; not processed",
    action: { status: 200, body: page, headers: html },
  },
  { ...once, name: "after 90 s", what: "the right answer, after 90 s", action: { delayMs: 90_000 } },
  {
    name: "clock ahead",
    at: "world",
    burst: false,
    uncertain: false,
    what: "the machine's clock is five minutes ahead",
    action: {},
    machine: { skewMs: 5 * minute },
  },
  {
    name: "clock behind",
    at: "world",
    burst: false,
    uncertain: false,
    what: "the machine's clock is five minutes behind",
    action: {},
    machine: { skewMs: -5 * minute },
  },
];
