/** What becomes of the template when its run has ended; what was removed and what stays is told once, here. */
import type { ImageTemplate } from "../image-template.ts";
import type { BuildPlan } from "../plan/types.ts";
import type { TemplateRef } from "../ports.ts";
import { deleteTemplate, reportTemplate } from "./delete-template.ts";
import { type Mark, readMark } from "./ownership.ts";
import { type BuildPorts } from "./ports.ts";
import { azCommand } from "../values/template-ref.ts";
import { noteState } from "./record.ts";
import type { Afterwards, Leftovers } from "./types.ts";

/** What the step asks for. */
export interface Cleanup {
  readonly ref: TemplateRef;
  readonly afterwards: Afterwards;
  /** When a template of the task's own is deleted. */
  readonly cleanup: "always" | "onSuccess" | "never";
  /** Whether a cancelled pipeline run cancels the build, or lets it go on. */
  readonly onCancel: "cancel" | "leave";
  /** What the template must carry to be deleted, and its run to be cancelled; absent: neither is done. */
  readonly mark?: Mark | undefined;
  /** A failed build leaves its VM to be looked at, which would go with the template. */
  readonly keepsVm: boolean;
}

/** What a plan asks for; the mark is the template's own. */
export function cleanupOf(plan: BuildPlan, { tags = {} }: ImageTemplate): Cleanup {
  const { onCustomizerError, onValidationError } = plan.errorHandling ?? {};
  return {
    ref: plan.template,
    afterwards: plan.deleteTemplate ? "delete" : "keepForImage",
    cleanup: plan.cleanup,
    onCancel: plan.onCancel,
    mark: readMark(tags),
    keepsVm: onCustomizerError === "abort" || onValidationError === "abort",
  };
}

export interface Cleaner {
  afterSuccess(): Promise<void>;
  afterFailure(): Promise<void>;
  afterCancel(): Promise<void>;
  /** Deletes it whatever is asked for, because it is of no use. */
  delete(): Promise<void>;
  /** Names it; `why` begins with `stays`. About somebody else's template there is nothing to say. */
  leave(why: string): void;
  /** Names it, and leaves it to the post-job part to look after it. */
  handOver(why: string): void;
  leftovers(): Leftovers;
}

/** Begins with nothing cleaned up. No method throws. */
export function createCleaner(about: Cleanup, ports: BuildPorts): Cleaner {
  const { ref, afterwards, cleanup } = about;
  const cleanedUp: string[] = [];
  const left: string[] = [];
  const what = `image template ${ref.name}`;
  const stays = (): void => void left.push(`${what}: ${azCommand("delete", ref)}`);
  const remove = async (): Promise<void> => {
    if (afterwards === "notOurs") return;
    if (!(await deleteTemplate(about, ports))) return stays();
    cleanedUp.push(`${what} and its staging resources`);
    noteState(about, "done", ports);
  };
  const handOver = (why: string): void => {
    if (afterwards === "notOurs") return;
    reportTemplate(ref, ports, why);
    stays();
  };
  const keep = (why: string): void => {
    handOver(why);
    noteState(about, "done", ports);
  };
  const removeIf = async (wished: boolean, why: string): Promise<void> => (wished ? remove() : keep(why));
  return {
    afterSuccess: async () => {
      if (afterwards === "keepForImage") {
        ports.agent.info(`Image template ${ref.name} stays: the image would go with it.`);
        noteState(about, "done", ports);
        return;
      }
      await removeIf(cleanup !== "never", "stays, because cleanup is never");
    },
    afterFailure: () => removeIf(cleanup === "always", `stays, because cleanup is ${cleanup}`),
    afterCancel: () => removeIf(cleanup === "always", `stays, because cleanup is ${cleanup}`),
    delete: remove,
    leave: keep,
    handOver,
    leftovers: () => ({ cleanedUp, left }),
  };
}
