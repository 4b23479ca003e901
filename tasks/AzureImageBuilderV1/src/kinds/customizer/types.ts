/** What a kind of customizer is. */
import type { PowerShellCustomizer, ShellCustomizer, WindowsUpdateCustomizer } from "../../image-template.ts";
import type { OsType } from "../../ports.ts";

/** A shell script. */
export interface ShellStep {
  readonly kind: "shell";
  readonly name: string;
  readonly lines: readonly string[];
}

/** A PowerShell script. */
export interface PowerShellStep {
  readonly kind: "powershell";
  readonly name: string;
  readonly lines: readonly string[];
  readonly runElevated: boolean;
  /** Only with `runElevated`. */
  readonly runAsSystem: boolean;
}

/** Windows Update with a choice of updates. */
export interface WindowsUpdateStep {
  readonly kind: "windowsUpdate";
  readonly name: string;
  readonly searchCriteria: string;
  readonly filters: readonly string[];
}

/** What each kind of customizer is asked by. */
export interface CustomizerSteps {
  readonly shell: ShellStep;
  readonly powershell: PowerShellStep;
  readonly windowsUpdate: WindowsUpdateStep;
}

/** What each kind of customizer is in a template. */
export interface CustomizerEntries {
  readonly shell: ShellCustomizer;
  readonly powershell: PowerShellCustomizer;
  readonly windowsUpdate: WindowsUpdateCustomizer;
}

/** Names of the kinds, as the code calls them. */
export type CustomizerKindName = keyof CustomizerSteps;

/** One customizer, as the plan wants it. */
export type CustomizerStep = CustomizerSteps[CustomizerKindName];

/** One kind of customizer: a file of its own, and a line in the registry. */
export interface CustomizerKind<K extends CustomizerKindName> {
  /** The operating system it runs on. */
  readonly osType: OsType;
  /** The entry of the template's `customize`. */
  build(step: CustomizerSteps[K]): CustomizerEntries[K];
}
