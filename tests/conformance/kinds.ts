/** Kinds of exchanges: how each is recognised, and what the emulator must be like before it. */
import type { Recording } from "./recording.ts";
import type { Stage } from "./stage.ts";
import { blobExchange, listKeysExchange } from "./kinds-storage.ts";
import {
  capsOperationExchange,
  earlyErrorExchange,
  identityExchange,
  marketplaceExchange,
  resourceExchange,
  roleAssignmentExchange,
} from "./kinds-neighbours.ts";
import { foreignExchange, throttledExchange } from "./kinds-front-door.ts";
import { operationExchange, outputExchange, triggerExchange } from "./kinds-below-template.ts";
import { templateListExchange, templateReadExchange, templateWriteExchange } from "./kinds-template.ts";

/** What is sent and compared. */
export interface Prepared {
  readonly kind: "ready";
  readonly method: string;
  /** Path of Resource Manager, or a whole address of the blob service. */
  readonly path: string;
  readonly body?: unknown;
  /** Where the recorded body is not the whole answer: picks the part that is compared. */
  readonly pick?: (answer: unknown) => unknown;
  /** The recording as it is compared, where it had to be carried over to a type that is served. */
  readonly recording?: Recording;
}

/** The emulator does not serve this; the reason names what. */
export interface Skipped {
  readonly kind: "skipped";
  readonly reason: string;
}

export interface ExchangeKind {
  readonly name: string;
  readonly matches: (recording: Recording) => boolean;
  readonly prepare: (stage: Stage, recording: Recording) => Promise<Prepared | Skipped>;
}

/** In the order in which they are asked; the first that matches prepares the exchange. */
export const exchangeKinds: readonly ExchangeKind[] = [
  throttledExchange,
  roleAssignmentExchange,
  foreignExchange,
  earlyErrorExchange,
  blobExchange,
  listKeysExchange,
  operationExchange,
  outputExchange,
  triggerExchange,
  templateListExchange,
  templateReadExchange,
  templateWriteExchange,
  identityExchange,
  capsOperationExchange,
  marketplaceExchange,
  resourceExchange,
];
