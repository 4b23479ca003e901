/** What becomes of the template when its run has ended; what was removed and what stays is told once, here. */
import type { TemplateRef } from "../ports.ts";
import { deleteTemplate, reportTemplate } from "./delete-template.ts";
import { azCommand, type BuildPorts } from "./ports.ts";
import type { Afterwards, Leftovers } from "./types.ts";

/** What the step asks for. */
export interface Cleanup {
  readonly ref: TemplateRef;
  readonly afterwards: Afterwards;
  /** When a template of the task's own is deleted. */
  readonly cleanup: "always" | "onSuccess" | "never";
  /** A failed build leaves its VM to be looked at, which would go with the template. */
  readonly keepsVm: boolean;
}

export interface Cleaner {
  afterSuccess(): Promise<void>;
  afterFailure(): Promise<void>;
  afterCancel(): Promise<void>;
  /** Deletes it whatever is asked for, because it is of no use. */
  delete(): Promise<void>;
  /** Names it; `why` begins with `stays`. About somebody else's template there is nothing to say. */
  leave(why: string): void;
  leftovers(): Leftovers;
}

/** Begins with nothing cleaned up. No method throws. */
export function createCleaner({ ref, afterwards, cleanup }: Cleanup, ports: BuildPorts): Cleaner {
  const cleanedUp: string[] = [];
  const left: string[] = [];
  const what = `image template ${ref.name}`;
  const stays = (): void => void left.push(`${what}: ${azCommand("delete", ref)}`);
  const remove = async (): Promise<void> => {
    if (afterwards === "notOurs") return;
    if (await deleteTemplate(ref, ports)) cleanedUp.push(`${what} and its staging resources`);
    else stays();
  };
  const keep = (why: string): void => {
    if (afterwards === "notOurs") return;
    reportTemplate(ref, ports, why);
    stays();
  };
  const removeIf = async (wished: boolean, why: string): Promise<void> => (wished ? remove() : keep(why));
  return {
    afterSuccess: async () => {
      if (afterwards === "keepForImage") {
        ports.agent.info(`Image template ${ref.name} stays: the image would go with it.`);
        return;
      }
      await removeIf(cleanup !== "never", "stays, because cleanup is never");
    },
    afterFailure: () => removeIf(cleanup === "always", `stays, because cleanup is ${cleanup}`),
    afterCancel: () => removeIf(cleanup === "always", `stays, because cleanup is ${cleanup}`),
    delete: remove,
    leave: keep,
    leftovers: () => ({ cleanedUp, left }),
  };
}
