/** Ranged reads as the service answers them: Azurite answers the whole blob with 200 and a range after its end with nothing. */
import type { IncomingMessage } from "node:http";
import type { Exchange } from "../core/exchange.ts";
import { invalidRange } from "./storage-errors.ts";

/** Status and Content-Range of an answer to a ranged read. */
export interface RangedAnswer {
  readonly status: 206;
  readonly contentRange: string;
}

/**
 * What the service answers in place of Azurite's 200 or 206; undefined where no range was asked for (recorded: 206 also for
 * the whole blob). @throws StorageFault 416 where the range begins at or after the blob's end
 */
export function rangedAnswer(exchange: Exchange, answer: IncomingMessage): RangedAnswer | undefined {
  const { headers } = exchange.request;
  const asked = headers["x-ms-range"] ?? headers.range;
  const from = /^bytes=(\d+)-\d*$/.exec(typeof asked === "string" ? asked.trim() : "")?.[1];
  if (exchange.method !== "GET" || from === undefined) return undefined;
  const given = answer.headers["content-range"];
  const total = Number(given?.split("/")[1] ?? answer.headers["content-length"]);
  if (Number(from) >= total) throw invalidRange(total);
  return { status: 206, contentRange: given ?? `bytes 0-${total - 1}/${total}` };
}
