/** Lines of a build's log, from bytes as they come to what the pipeline's log shows. */

/**
 * A line by who says it: Packer to its user (`ui`), a script in the machine (`output`), Packer's debug log (`debug`), or
 * anything else (`other`), such as the rest of a progress bar (wire notes, section 7).
 */
export interface LogLine {
  readonly kind: "ui" | "output" | "debug" | "other";
  /** Without the prefixes of service and Packer. */
  readonly text: string;
  /** Of a debug line: who of Packer's parts says it, e.g. `packer-provisioner-powershell`. */
  readonly plugin?: string;
  /** When it was said, in ms of the epoch; the lines themselves name no time zone, UTC is inferred. */
  readonly at?: number;
}

/** How much of the build's log the pipeline's log shows. */
export type Verbosity = "none" | "quiet" | "normal" | "full";

/** A step of the template in its order, as its log is told apart. */
export interface LoggedStep {
  /** The service's word, e.g. `PowerShell`. */
  readonly type: string;
  readonly name: string;
}

/** What the pipeline's log is to show next. */
export type Shown =
  | { readonly kind: "group"; readonly title: string }
  | { readonly kind: "endGroup" }
  | { readonly kind: "line"; readonly text: string };
