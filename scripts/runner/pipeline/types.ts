/** A pipeline as read from YAML: stages, jobs and steps in order, nothing expanded yet. */

/** A whole file. */
export interface Pipeline {
  readonly variables: readonly VariableDeclaration[];
  readonly stages: readonly Stage[];
  /** Things the file asks for that this runner does not have, one line each. */
  readonly notices: readonly string[];
}

/** One variable under `variables:`. */
export interface VariableDeclaration {
  readonly name: string;
  /** May hold macros, or be a runtime expression `$[ ]`. */
  readonly value: string;
  readonly readOnly: boolean;
}

/** One stage. */
export interface Stage {
  /** `__default` where the file has no stages. */
  readonly name: string;
  readonly displayName: string;
  readonly dependsOn: readonly string[];
  readonly condition: string | undefined;
  readonly variables: readonly VariableDeclaration[];
  readonly jobs: readonly Job[];
}

/** One job or deployment job. */
export interface Job {
  readonly kind: "job" | "deployment";
  /** `Job` where the file has only steps. */
  readonly name: string;
  readonly displayName: string;
  readonly dependsOn: readonly string[];
  readonly condition: string | undefined;
  readonly continueOnError: boolean;
  /** `pool: server`: no agent, no checkout, only tasks that the service itself runs. */
  readonly isServer: boolean;
  /** `container:`: its steps are started behind a docker client, which no signal passes. */
  readonly inContainer: boolean;
  /**
   * 0 means no limit; so does undefined here, where the file gives none: the service's 60 minutes would be a few seconds
   * of real time by a scaled clock, and the machine's own slowness would decide.
   */
  readonly timeoutInMinutes: number | undefined;
  readonly cancelTimeoutInMinutes: number;
  readonly variables: readonly VariableDeclaration[];
  readonly steps: readonly Step[];
}

/** What every step may say. */
export interface StepSettings {
  readonly name: string | undefined;
  readonly displayName: string | undefined;
  readonly condition: string | undefined;
  readonly continueOnError: boolean;
  readonly enabled: boolean;
  /** 0 means no limit of its own. */
  readonly timeoutInMinutes: number;
  readonly retryCount: number;
  readonly env: Readonly<Record<string, string>>;
  /** Restrictions of `target:`, in the form of a task.json's `restrictions`. */
  readonly restrictions: unknown;
  /** Where the step begins, `line:column`, both from 1. */
  readonly place: string;
}

/** What a step does. */
export type StepAction =
  | { readonly kind: "task"; readonly reference: string; readonly inputs: Readonly<Record<string, string>> }
  | {
      readonly kind: "script";
      readonly task: "CmdLine@2" | "Bash@3";
      readonly text: string;
      readonly workingDirectory: string;
      readonly failOnStderr: boolean;
    }
  | { readonly kind: "checkout"; readonly repository: string }
  | { readonly kind: "publish"; readonly path: string; readonly artifact: string }
  | { readonly kind: "download"; readonly source: string; readonly artifact: string; readonly path: string }
  | { readonly kind: "other"; readonly what: string; readonly inputs: Readonly<Record<string, string>> };

/** One step. */
export type Step = StepSettings & { readonly action: StepAction };
