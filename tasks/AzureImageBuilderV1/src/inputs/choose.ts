/** What the step is about: which input names the source, which kind of target is meant. Read before the rest. */
import { noteCodes, problemCodes } from "../codes.ts";
import type { Findings } from "../findings.ts";
import { describeSourceKinds, sourceKindNames, sourceKinds } from "../kinds/source/index.ts";
import type { SourceInputName, SourceKindName } from "../kinds/source/types.ts";
import { targetKindNames, targetKinds } from "../kinds/target/index.ts";
import type { TargetKindName } from "../kinds/target/types.ts";
import type { InputTexts } from "./read.ts";
import type { Choice } from "./row.ts";
import { inputTable } from "./table.ts";

/** The step's choice. What does not fit together is a problem; bad words are left to the table's parsers. */
export function chooseKinds(texts: InputTexts, findings: Findings): Choice {
  const isTrue = (input: "enableValidation" | "runElevated"): boolean => texts.text(input).toLowerCase() === "true";
  const sourceInput = chooseSource(texts, findings);
  return {
    sourceInput,
    marketplace: sourceInput !== undefined && sourceKinds.platformImage.accepts(texts.text(sourceInput)),
    told: texts.text("imageSource") !== "",
    target: chooseTarget(texts, findings),
    artifact:
      (texts.text("artifactPath") !== "" || texts.text("artifactName") !== "") && texts.text("storageAccount") !== "",
    subnet: texts.text("subnet") !== "",
    validation: isTrue("enableValidation"),
    runElevated: isTrue("runElevated"),
    reuse: mayReuse(texts),
  };
}

/** A step that only starts a build takes none that is there. */
function mayReuse(texts: InputTexts): boolean {
  const action = texts.text("action").toLowerCase();
  return action === "check" || (action !== "start" && texts.text("reuse").toLowerCase() === "ifunchanged");
}

function chooseSource(texts: InputTexts, findings: Findings): SourceInputName | undefined {
  const told = inputTable.imageSource.parse(texts.text("imageSource"));
  if (told.ok && told.value !== undefined) return chooseTold(told.value, texts, findings);
  const inputs: SourceInputName[] = ["baseImagePubOfferSku", "sourceImage", "customImageResourceId", "imageVersionId"];
  const filled = inputs.filter((input) => texts.text(input) !== "");
  const [first, second, third] = filled;
  if (first === undefined) {
    reportNoSource(findings);
    return undefined;
  }
  // The older tasks let baseImagePubOfferSku win over baseImage, whose default was always there.
  const overridden =
    first === "baseImagePubOfferSku" &&
    second === "sourceImage" &&
    third === undefined &&
    sourceKinds.platformImage.accepts(texts.text("sourceImage"));
  if (second === undefined || overridden) return first;
  findings.problem("sourceImage", {
    code: problemCodes.ambiguous,
    given: filled.join(", "),
    why: `${filled.join(" and ")} each name a source image`,
    legal: "one of them, or imageSource to say which one counts",
  });
  return undefined;
}

/** `imageSource` decides: the older input of its kind, or else `sourceImage` if that can be of the kind. */
function chooseTold(told: SourceKindName, texts: InputTexts, findings: Findings): SourceInputName | undefined {
  const kind = sourceKinds[told];
  if (texts.text(kind.olderInput) !== "") return kind.olderInput;
  const text = texts.text("sourceImage");
  const isOther = sourceKindNames.some((name) => name !== told && sourceKinds[name].accepts(text));
  if (text !== "" && (kind.accepts(text) || !isOther)) return "sourceImage";
  if (told === "platformImage") {
    reportNoSource(findings);
  } else {
    findings.problem(kind.olderInput, {
      code: problemCodes.missing,
      why: `imageSource says that the source is ${kind.label}, and none is named`,
      legal: kind.example,
    });
  }
  return undefined;
}

function reportNoSource(findings: Findings): void {
  findings.problem("sourceImage", {
    code: problemCodes.missing,
    why:
      "no source image is named, and none is assumed. A step that relied on an older task's default writes it down: " +
      "Canonical:UbuntuServer:18.04-LTS was that of AzureImageBuilderTask@1, " +
      "MicrosoftWindowsDesktop:windows-11:win11-25h2-ent that of AzureImageBuilderTaskV2@2",
    legal: describeSourceKinds(),
  });
}

function chooseTarget(texts: InputTexts, findings: Findings): TargetKindName | "several" | undefined {
  const text = texts.text("targetType");
  const told = inputTable.targetType.parse(text);
  if (text !== "" && !told.ok) return undefined;
  const chosen = told.ok ? told.value : inputTable.targetType.fallback;
  if (chosen === "several") return chosen;
  const isFilled = (name: TargetKindName): boolean => texts.text(targetKinds[name].mainInput) !== "";
  if (isFilled(chosen) || !targetKinds[chosen].mainInputRequired) return chosen;
  const [other, another] = targetKindNames.filter(isFilled);
  if (other === undefined) return chosen;
  if (another === undefined) {
    findings.note(
      noteCodes.otherTargetUsed,
      "targetType",
      `targetType is ${chosen}, but ${targetKinds[chosen].mainInput} is empty and ${targetKinds[other].mainInput} is ` +
        `filled in: the target is ${other}. Set targetType: ${other} to say so.`,
    );
    return other;
  }
  findings.problem("targetType", {
    code: problemCodes.ambiguous,
    given: text === "" ? chosen : text,
    why: `${targetKinds[chosen].mainInput} is empty, and more than one other target is filled in`,
    legal: targetKindNames.join(", "),
  });
  return undefined;
}
