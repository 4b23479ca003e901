/** Errors of the provider itself, in both schemas (wire notes, section 6). */
import type { Mark, Reply } from "../../core/types.ts";

const REVIEW_BAD =
  "Please review  http://aka.ms/azvmimagebuildertmplref  for details on fields requirements in the Image Builder Template.";
const REVIEW_MISSING =
  "Please review http://aka.ms/azvmimagebuildertmplref for details on fields required in the Image Builder Template.";

/** An error answer of the provider; thrown by handlers, turned into a reply by \`asReply\`. */
export class BuilderFault extends Error {
  readonly status: number;
  readonly code: string;
  readonly mark: Mark;
  readonly fact: string;

  constructor(status: number, code: string, message: string, facts: { readonly mark: Mark; readonly fact: string }) {
    super(message);
    this.name = "BuilderFault";
    this.status = status;
    this.code = code;
    this.mark = facts.mark;
    this.fact = facts.fact;
  }
}

/** The error as an answer: under \`error\` from 2021-10-01 on, at the root before. */
export function asReply(fault: BuilderFault, apiVersion: string): Reply {
  const error = { code: fault.code, message: fault.message };
  const body = apiVersion >= "2021-10-01" ? { error } : error;
  return { status: fault.status, mark: fault.mark, fact: fault.fact, body };
}

/** A field with a value the service does not take. \`path\` as \`ImageTemplate.properties.source\`. */
export function badValue(path: string, field: string, value: unknown): BuilderFault {
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  return validationFailed(`'${path}': Field '${field}' has a bad value: '${shown}'. ${REVIEW_BAD}`, "documented");
}

/** A field that must be there. */
export function missingField(path: string, field: string): BuilderFault {
  // The identity's own text has quotes around the field, the general one has none (wire notes, section 6).
  const quoted = path === "ImageTemplate" ? `'${field}'` : field;
  return validationFailed(`'${path}': Missing field ${quoted}. ${REVIEW_MISSING}`, "documented");
}

/** A rule between fields; its text is ours. */
export function brokenRule(path: string, rule: string): BuilderFault {
  return validationFailed(`'${path}': ${rule} ${REVIEW_BAD}`, "inferred");
}

function validationFailed(text: string, mark: Mark): BuilderFault {
  return new BuilderFault(400, "ValidationFailed", `Validation failed: ${text}`, { mark, fact: "wire 6 bad property" });
}

/** What the service says of a body it cannot read into its types, from 2024-02-01 on (update release notes). */
export function unmarshalling(chain: string): BuilderFault {
  const advice =
    "There is an issue with the syntax with the JSON template you are submitting. Please check the JSON template for syntax and grammar. For more information on the syntax and grammar of the JSON template, visit http://aka.ms/azvmimagebuildertmplref.";
  const message = `Unmarshalling entity encountered error: ${chain}. ${advice}`;
  return new BuilderFault(400, "ValidationFailed", message, {
    mark: "documented",
    fact: "image builder API release notes 2024-02-01",
  });
}

/** A second PUT. */
export function updateNotSupported(): BuilderFault {
  return new BuilderFault(409, "Conflict", "Update/Upgrade of image templates is currently not supported", {
    mark: "inferred",
    fact: "wire 6 template exists",
  });
}

/** Something that may not be done now; the words are the service's internal ones. */
export function notAllowed(action: string, provisioning: string, run: string): BuilderFault {
  const message = `Operation ${action} is not allowed in provisioning state: ${provisioning} or run state: ${run}.`;
  return new BuilderFault(405, "OperationNotAllowed", message, { mark: "issue", fact: "wire 6 DELETE during a run" });
}

/** DELETE while the template is being created (status inferred). */
export function notWhileCreating(): BuilderFault {
  return new BuilderFault(
    405,
    "OperationNotAllowed",
    "Operation 'DELETE' is not allowed in provisioningState: 'creating'",
    {
      mark: "issue",
      fact: "wire 6 DELETE while creating",
    },
  );
}

/** 404 in Resource Manager's words; \`path\` as \`imageTemplates/t\`. */
export function notFound(path: string, group: string): BuilderFault {
  const message = `The Resource 'Microsoft.VirtualMachineImages/${path}' under resource group '${group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`;
  return new BuilderFault(404, "ResourceNotFound", message, { mark: "inferred", fact: "wire 6 not found" });
}

/** Codes a template shows in provisioningError (wire notes, section 3). */
export type ProvisioningErrorCode =
  | "BadPIRSource"
  | "BadManagedImageSource"
  | "BadSharedImageVersionSource"
  | "BadSharedImageDistribute"
  | "BadStagingResourceGroup"
  | "NoCustomizerScript"
  | "NoValidatorScript"
  | "BadDistributeType"
  | "ServerError"
  | "Other";

/** Why creating a template failed: what the operation says and what the template says. */
export class ProvisioningFailure extends Error {
  /** Code in the operation's error. */
  readonly code: string;
  readonly provisioningErrorCode: ProvisioningErrorCode;

  constructor(code: string, provisioningErrorCode: ProvisioningErrorCode, message: string) {
    super(message);
    this.name = "ProvisioningFailure";
    this.code = code;
    this.provisioningErrorCode = provisioningErrorCode;
  }
}

/** The identity may not do what it must (wire notes, section 6, recorded). */
export function unauthorized(resourceId: string): ProvisioningFailure {
  return new ProvisioningFailure(
    "Unauthorized",
    "Other",
    `Not authorized to access the resource: ${resourceId}. Please check the user assigned identity has the correct permissions. For more details, go to https://aka.ms/azvmimagebuilderts.`,
  );
}

/** The identity is gone (wire notes, section 6; code inferred). */
export function identityUnusable(): ProvisioningFailure {
  return new ProvisioningFailure(
    "InternalOperationError",
    "Other",
    "The assigned managed identity cannot be used. Please remove the existing one and re-assign a new identity. For more troubleshooting steps go to https://aka.ms/azvmimagebuilderts.",
  );
}

/** What the service says when it does not know itself (wire notes, section 6). */
export const GENERIC_ERROR =
  "Internal error occurred. This is a generic error. To identify possible causes, go to https://aka.ms/azvmimagebuilderts.";
