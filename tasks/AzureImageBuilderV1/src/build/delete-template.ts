/** Deletes what the build made for itself. Never throws: what stays is named with the command that deletes it. */
import { failureCodes } from "../failure-codes.ts";
import { ServiceError } from "../errors.ts";
import type { TemplateRef } from "../ports.ts";
import { azCommand, type BuildPorts, mayPass, messageOf } from "./ports.ts";

/** How long the service may answer that the template is busy, in milliseconds: results lag each other by up to 65 s. */
const patience = 5 * 60_000;
const pause = 10_000;

/**
 * Asks for deletion until it is accepted, for at most `limitMs`; the service goes on by itself for some two minutes.
 * 405 and 409 mean that the template is still busy (wire notes, section 6). True when accepted.
 */
export async function deleteTemplate(
  ref: TemplateRef,
  { agent, clock, templates }: BuildPorts,
  limitMs = patience,
): Promise<boolean> {
  const end = clock.now().getTime() + limitMs;
  for (;;) {
    try {
      await templates.delete(ref);
      agent.info(`Image template ${ref.name}: deletion accepted; the service removes its staging resources with it.`);
      return true;
    } catch (error) {
      if (!isBusy(error) || clock.now().getTime() + pause > end) {
        reportTemplate(ref, { agent }, `could not be deleted: ${messageOf(error)}`);
        return false;
      }
      await clock.sleep(pause);
    }
  }
}

/** Names the template that stays and the command that deletes it. */
export function reportTemplate(ref: TemplateRef, { agent }: Pick<BuildPorts, "agent">, why: string): void {
  agent.warning(
    `Image template ${ref.name} ${why}. To delete it: ${azCommand("delete", ref)}`,
    failureCodes.templateLeft,
  );
}

function isBusy(error: unknown): boolean {
  return mayPass(error) || (error instanceof ServiceError && (error.status === 405 || error.status === 409));
}
