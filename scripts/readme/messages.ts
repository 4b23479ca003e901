/** What each message code means and what to do about it: the content of docs/messages.md. */
import type { NoteCode, ProblemCode } from "../../tasks/AzureImageBuilderV1/src/codes.ts";
import type { FailureCode } from "../../tasks/AzureImageBuilderV1/src/failure-codes.ts";
import type { planCodes } from "../plan/codes.ts";

type Code = ProblemCode | NoteCode | FailureCode | (typeof planCodes)[keyof typeof planCodes];

interface Explanation {
  readonly meaning: string;
  /** What the reader does; empty where there is nothing to do. */
  readonly next: string;
}

/** Every code the task and the plan command can print; a code without a line here does not compile. */
const explanations: Readonly<Record<Code, Explanation>> = {
  AIB101: { meaning: "A required input is missing.", next: "Give it; the message says which." },
  AIB102: {
    meaning: "An input still holds `$(name)`: the pipeline has no such variable.",
    next: "Define the variable, or link its group.",
  },
  AIB103: { meaning: "An input holds a placeholder such as `<subscription>`.", next: "Put your own value in." },
  AIB104: { meaning: "The value is none of the legal ones.", next: "Take one of those the message lists." },
  AIB105: { meaning: "Neither true nor false.", next: "Write true or false." },
  AIB106: { meaning: "Not a number, or out of range.", next: "The message gives the range." },
  AIB107: { meaning: "Not a resource ID of the expected kind.", next: "Copy the ID from the resource's properties." },
  AIB108: { meaning: "Not a legal name.", next: "The message gives the rule." },
  AIB109: { meaning: "The source image is not understood.", next: "Write publisher:offer:sku, or a resource ID." },
  AIB110: {
    meaning: "The list of regions is not understood.",
    next: "Write `westeurope=2:Standard_ZRS, northeurope`.",
  },
  AIB111: { meaning: "Tags are not understood, or beyond Azure's limits.", next: "Write a JSON object of texts." },
  AIB112: { meaning: "Not a usable address.", next: "Write an https address." },
  AIB113: { meaning: "The path cannot be used, or nothing is there.", next: "Check which earlier step makes it." },
  AIB114: { meaning: "A list or a map could not be read as YAML or JSON.", next: "Mend it at the line given." },
  AIB115: { meaning: "A step or validator is not understood, or does not fit the image.", next: "See docs/steps.md." },
  AIB116: { meaning: "Environment variables are not understood.", next: "Write lines `NAME: value`." },
  AIB117: {
    meaning: "A file that a step names is not there, or too large for the template.",
    next: "Check the path; put large files into the artifact.",
  },
  AIB118: { meaning: "A target of the list is not understood.", next: "See docs/steps.md." },
  AIB119: {
    meaning: "The template with its overrides is not one that the service takes.",
    next: "Mend the override at the line given.",
  },
  AIB120: { meaning: "Two inputs contradict each other.", next: "Keep one." },
  AIB121: { meaning: "It cannot be told what is meant.", next: "Give only what is meant." },
  AIB122: {
    meaning: "A version's number cannot be made, or is taken.",
    next: "Give a free number, or a pattern such as `1.2.{next}`; see docs/reuse.md.",
  },
  AIB125: { meaning: "Neither a date nor a duration.", next: "Write `2027-03-31`, `30d`, `12h` or `90m`." },
  AIB130: { meaning: "The service connection is not known.", next: "Give its name, not a subscription ID." },
  AIB131: { meaning: "Azure has no such thing.", next: "Check name, region and subscription." },
  AIB132: { meaning: "The source's operating system could not be read.", next: "Set `osType`." },
  AIB133: { meaning: "`osType` differs from the source or the definition.", next: "Leave `osType` out." },
  AIB134: { meaning: "The definition's own region is not among the target regions.", next: "Add it." },
  AIB135: { meaning: "The storage account refuses account keys.", next: "Set `artifactAccess: auto`." },
  AIB136: {
    meaning: "The artifact cannot get to or from the storage account: the connection or an identity lacks a role.",
    next: "Run the command in the message, or take another way; see docs/artifacts.md.",
  },
  AIB137: {
    meaning: "The storage account's network rules let neither the build VM nor the service in.",
    next: "Give a subnet that the account lets in, or open the account; see docs/artifacts.md.",
  },
  AIB139: {
    meaning: "The service connection is of a kind that cannot build images.",
    next: "Use one whose scope is a subscription or a management group.",
  },
  AIB140: { meaning: "A template or parameters file is not JSON.", next: "Mend it at the line and column given." },
  AIB141: {
    meaning: "A template file holds something that is no part of an image template, or lacks a part.",
    next: "The message gives the property, its place and what is legal; an input beside the file can replace the part.",
  },
  AIB142: {
    meaning: "An expression of a template file cannot be evaluated.",
    next: "Write the value itself; docs/template-file.md lists the functions.",
  },
  AIB143: {
    meaning: "A parameter of a template file has no value, or a wrong one.",
    next: "Give it in `templateParameters`.",
  },
  AIB190: { meaning: "The file is not YAML.", next: "Mend it at the line given." },
  AIB191: { meaning: "The file has no step of this task.", next: "Add one." },
  AIB192: { meaning: "An input is a list or a map.", next: "Inputs are texts; use `|` for several lines." },
  AIB201: { meaning: "An input has no effect here.", next: "Remove it." },
  AIB202: { meaning: "The chosen target is empty and exactly one other is filled in: that one is used.", next: "" },
  AIB203: {
    meaning:
      "The operating system comes from the source, or from the image definition where the source cannot be read.",
    next: "",
  },
  AIB204: { meaning: "The build VM's size was derived from the source.", next: "Set `vmSize` for another." },
  AIB205: { meaning: "A region was derived.", next: "" },
  AIB206: { meaning: "The purchase plan comes from the image or from the image definition.", next: "" },
  AIB207: { meaning: "`latest` stands for this version now; it is what the template names.", next: "" },
  AIB208: { meaning: "The connection may not list versions: the service resolves `latest`.", next: "Grant Reader." },
  AIB209: { meaning: "No artifact is taken along.", next: "Give both `artifactPath` and `storageAccount`." },
  AIB211: { meaning: "Something could not be read and is taken from the inputs.", next: "Grant Reader." },
  AIB212: {
    meaning: "The template stays, because the image would be deleted with it.",
    next: "Copy the VHD, then delete.",
  },
  AIB220: { meaning: "What became of a part of the template file.", next: "" },
  AIB231: {
    meaning: "An image is used again, and it is not in every region that the step names.",
    next: "Replicate it: `AzureImageLifecycle@1` with `action: promote` and `targetRegions`.",
  },
  AIB232: { meaning: "Why an image is built although one may be used again (`reuse`).", next: "" },
  AIB221: { meaning: "The number of the new gallery version, and what `latest` will mean.", next: "" },
  AIB214: { meaning: "Which run the artifact comes from.", next: "" },
  AIB215: { meaning: "How the build VM gets the artifact, and why so.", next: "Set `artifactAccess` for another way." },
  AIB217: {
    meaning: "The job's time limit is shorter than the build's: the agent may cancel the build.",
    next: "Set `timeoutInMinutes` of the job as the message says; see docs/detached.md.",
  },
  AIB218: {
    meaning: "The value of a secret variable is in a step: whoever may read the image template can read it.",
    next: "Let the build VM take it from Key Vault by its own identity, see docs/secrets.md; then change the secret.",
  },
  AIB216: {
    meaning: "Who may read the artifact could not be found out, so that way is not taken by itself.",
    next: "Grant the connection Reader on what the message names, or set `artifactAccess`.",
  },
  AIB219: {
    meaning: "An earlier attempt of the step built the image, or began its build.",
    next: "Nothing; see docs/resume.md.",
  },
  AIB213: { meaning: "The steps in the image, in their order.", next: "" },
  AIB290: { meaning: "In a plan: a stand-in for what only a run knows.", next: "" },
  AIB291: { meaning: "In a plan: the older task had another default.", next: "Set the input if you rely on it." },
  AIB292: { meaning: "In a plan: the task does not know this input.", next: "Check its spelling." },
  AIB293: { meaning: "In a plan: the step runs a template that is there; nothing is submitted.", next: "" },
  AIB301: { meaning: "The service connection is missing or lacks a field.", next: "Check the connection." },
  AIB302: { meaning: "The connection signs in by a method that is not supported.", next: "Use another connection." },
  AIB303: { meaning: "Azure DevOps gave no assertion for federation.", next: "See the message; Server has none." },
  AIB304: { meaning: "Microsoft Entra refused to sign in.", next: "The message holds Entra's own code." },
  AIB305: {
    meaning: "The agent does not hand over the job's own connection to Azure DevOps.",
    next: "Run the step in a job of Azure Pipelines, or download the artifact in a step before.",
  },
  AIB306: {
    meaning: "The connection's certificate cannot be used: a part is missing, or the parts do not belong together.",
    next: "Put certificate and private key into the connection, as PEM without a password.",
  },
  AIB307: {
    meaning: "The agent's machine gives no token of the connection's managed identity.",
    next: "Run the job on an Azure VM that has the identity, or use another connection.",
  },
  AIB401: { meaning: "The artifact's path does not exist.", next: "Check which earlier step makes it." },
  AIB402: { meaning: "A symbolic link leads out of the artifact.", next: "Copy the file in, or remove the link." },
  AIB403: { meaning: "An entry cannot be archived.", next: "Remove it from the artifact." },
  AIB404: { meaning: "A file changed or vanished while it was read.", next: "Let nothing write there meanwhile." },
  AIB405: {
    meaning: "The blob that the artifact would have is there, and the task did not write it.",
    next: "Give the task a container of its own.",
  },
  AIB406: {
    meaning: "The archive is larger than the template's identity can place in the image.",
    next: "Set `artifactAccess` to `vmIdentity` or `delegationSas`.",
  },
  AIB407: {
    meaning: "A download from Azure DevOps broke off, or is not whole.",
    next: "Run the step again; see docs/artifacts-from-runs.md.",
  },
  AIB501: { meaning: "The SDK would not send the template as planned.", next: "Report it: this is a defect." },
  AIB502: { meaning: "A template of this name exists.", next: "Delete it, or leave `templateName` out." },
  AIB504: {
    meaning:
      "The template under the step's name is another pipeline run's, or an earlier attempt's for another request.",
    next: "The message says whose, and the command that deletes it; see docs/resume.md.",
  },
  AIB505: {
    meaning: "Another image template holds the staging resource group, or has left its tags on it.",
    next: "Run the job again when it is free, or leave `stagingResourceGroup` out; see docs/resume.md.",
  },
  AIB506: {
    meaning: "An earlier attempt's template is still being created, cancelled or deleted after a long time.",
    next: "Look at it with the command in the message, then run the job again.",
  },
  AIB503: { meaning: "The service did not create the template.", next: "The message holds the service's reason." },
  AIB601: { meaning: "The service did not accept the run.", next: "The message holds the service's reason." },
  AIB602: { meaning: "The build failed.", next: "Read customization.log; the message says where it is." },
  AIB603: { meaning: "Someone else cancelled the run.", next: "" },
  AIB604: { meaning: "The build did not end in time.", next: "Raise `buildTimeoutInMinutes`." },
  AIB605: {
    meaning: "The run's state could not be read for too long.",
    next: "The run may go on: look in the portal.",
  },
  AIB606: { meaning: "The template vanished during the run.", next: "Find out who deleted it." },
  AIB607: { meaning: "The run succeeded but its outputs cannot be read.", next: "Read the template's run outputs." },
  AIB608: {
    meaning: "The template that the step names is being made, has failed, or is being run already.",
    next: "The message says which, and the command that shows or cancels it.",
  },
  AIB609: {
    meaning: "The checks before the build found what would make it fail. Nothing was created.",
    next: "Mend what the findings name; see docs/preflight.md.",
  },
  AIB701: { meaning: "A template could not be deleted.", next: "Delete it with the command in the message." },
  AIB702: { meaning: "A blob could not be deleted.", next: "Delete it with the command in the message." },
  AIB703: {
    meaning: "The post-job part was told of a template or an upload of another pipeline run, and left it alone.",
    next: "Find out which step sets the variables `VSTS_TASKVARIABLE_AIB…`; nothing is left of this run.",
  },
  AIB751: {
    meaning: "The gallery version cannot be promoted or retired as asked: it failed, is retired, or is the last one.",
    next: "The message says which, and the input by which it is done all the same; see docs/lifecycle.md.",
  },
  AIB752: {
    meaning: "A change of a gallery version is not complete in time; it goes on in Azure.",
    next: "Run the step again, or raise `timeoutInMinutes`.",
  },
  AIB753: { meaning: "Some of several changes could not be made.", next: "The other messages say why; run it again." },
  AIB754: {
    meaning: "What uses the versions could not be read, so all of them count as in use.",
    next: "Give the connection the right that the message names; see docs/lifecycle.md.",
  },
  AIB755: { meaning: "What `latest` means changes by the step.", next: "" },
  AIB801: { meaning: "A service refused a request.", next: "The message holds its code and reason." },
  AIB802: {
    meaning: "A service did not answer, or not in its language.",
    next: "Try again; check proxy and firewall.",
  },
  AIB901: { meaning: "Something unexpected: a defect of the task.", next: "Report it with the log." },
  AIB902: { meaning: "The pipeline run was cancelled.", next: "" },
};

/** The table of docs/messages.md, in Markdown. */
export function messageTable(): string {
  const rows = Object.entries(explanations).map(([code, { meaning, next }]) => `| ${code} | ${meaning} | ${next} |`);
  return ["| code | meaning | what to do |", "| --- | --- | --- |", ...rows].join("\n");
}
