/** Deletes what the build made for itself. Never throws: what stays is named with the command that deletes it. */
import { failureCodes } from "../failure-codes.ts";
import { ServiceError } from "../errors.ts";
import type { TemplateRef } from "../ports.ts";
import { isOwn, type Mark } from "./ownership.ts";
import { type BuildPorts, mayPass, messageOf } from "./ports.ts";
import { azCommand } from "../values/template-ref.ts";

/** How long the service may answer that the template is busy, in milliseconds: results lag each other by up to 65 s. */
const patience = 5 * 60_000;
const pause = 10_000;

/** A template, and what it must carry to be deleted; without a mark it is nobody's to delete. */
export interface Deletable {
  readonly ref: TemplateRef;
  readonly mark?: Mark | undefined;
}

/**
 * Asks for deletion until it is accepted, for at most `limitMs`; the service goes on by itself for some two minutes.
 * 405 and 409 mean that the template is still busy (wire notes, section 6). True when accepted, or when it is gone. A
 * template that has another mark by now stays.
 */
export async function deleteTemplate(
  { ref, mark }: Deletable,
  { agent, clock, templates }: Pick<BuildPorts, "agent" | "clock" | "templates">,
  limitMs = patience,
): Promise<boolean> {
  const end = clock.now().getTime() + limitMs;
  for (;;) {
    try {
      const found = await templates.get(ref);
      if (found !== undefined && (mark === undefined || !isOwn(found, mark))) {
        agent.info(`Image template ${ref.name} is not this run's; it is left alone.`);
        return false;
      }
      if (found === undefined || found.provisioningState?.toLowerCase() === "deleting") {
        agent.info(`Image template ${ref.name} ${found === undefined ? "is gone" : "is being deleted"} already.`);
        return true;
      }
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
