/** Artifact, scripts, validation, network and run of a step. */
import type { Writer } from "./convert-step.ts";
import { isOn, isTrue } from "./older-values.ts";

/** Writes `artifactPath` and `storageAccount`. */
export function convertArtifact({ step, values, write, note }: Writer): void {
  const path = values.given("packagePath");
  const account = values.given("storageAccountName");
  write("artifactPath", path);
  write("storageAccount", account);
  if (path !== "" && account !== "") {
    note(
      "decide",
      "storageAccount: the account's key is not used any more. Give the connection, or an identity, a role on the blobs " +
        "(docs/artifacts.md), or set artifactAccess: accountKey.",
    );
  }
  if (path !== "" && account === "")
    note("decide", "storageAccount: without one the image is built without the files.");
  if (step.origin === "release" && /\$\(System\.(DefaultWorkingDirectory|ArtifactsDirectory)\)[\\/]/i.test(path)) {
    note(
      "decide",
      `artifactPath: ${path} lies in a release's artifact. In YAML, download it before, or name it by artifactName and ` +
        "artifactPipeline (docs/artifacts-from-runs.md).",
    );
  }
}

/** Writes the inline script and what goes with PowerShell. */
export function convertScripts({ step, values, write, note }: Writer): void {
  write("inlineScript", values.given("inlineScript"));
  const isShell = values.effective("provisioner").toLowerCase() === "shell";
  const update = values.given("windowsUpdateProvisioner");
  const elevated = values.effective("runElevated");
  const system = values.given("runAsSystem");
  if (isShell) {
    const unused = Object.entries({ windowsUpdateProvisioner: update, runElevated: values.given("runElevated") })
      .filter(([, text]) => isTrue(text))
      .map(([name]) => name);
    if (unused.length > 0) {
      note("ignored", `${unused.join(", ")}: ${step.task} ignored it, because the provisioner is shell.`);
    }
    return;
  }
  write("windowsUpdate", isOn(update) ? update : "");
  if (!isOn(elevated)) return;
  write("runElevated", elevated);
  write("runAsSystem", isOn(system) ? system : "");
  if (values.given("runElevated") === "") {
    note("changed", `runElevated: true was the default of ${step.task}; it is written down.`);
  }
}

/** Writes the validation, where it is enabled. */
export function convertValidation({ values, write, note }: Writer): void {
  const enabled = values.given("enableValidation");
  const script = values.given("validationInlineScript");
  if (!isOn(enabled)) {
    if (script !== "") note("ignored", "validationInlineScript: validation is not enabled.");
    return;
  }
  write("enableValidation", enabled);
  write("validationScript", script);
  const only = values.given("sourceValidationOnly");
  const goesOn = values.given("continueDistributeOnFailure");
  write("sourceValidationOnly", isOn(only) ? only : "");
  write("continueOnValidationFailure", isOn(goesOn) ? goesOn : "");
}

/** Writes network and identities of the build VM. */
export function convertNetwork({ values, write, note }: Writer): void {
  const subnet = values.given("vnetSubnetId");
  const container = values.given("containerInstanceSubnetId");
  const proxy = values.given("proxyVmSize");
  write("subnet", subnet);
  write("buildVmIdentities", values.given("buildVmIdentities"));
  if (subnet === "") {
    if (container !== "" || proxy !== "") {
      note("ignored", "containerInstanceSubnetId, proxyVmSize: they only go with vnetSubnetId.");
    }
    return;
  }
  write("containerInstanceSubnet", container);
  write("proxyVmSize", container === "" ? proxy : "");
  if (container !== "" && proxy !== "") note("ignored", "proxyVmSize: with a container subnet there is no proxy VM.");
}

/** Writes the rest of the build VM, time limit and error handling. */
export function convertRun(writer: Writer): void {
  const { step, values, write, note } = writer;
  writeSize(writer);
  const disk = values.given("osDiskSizeGB");
  write("osDiskSizeGB", disk === "0" ? "" : disk);
  write("stagingResourceGroup", values.given("stagingResourceGroup"));
  write("managedResourceTags", values.given("managedResourceTags"));
  const boot = values.given("optimizeVmBoot");
  write("optimizeVmBoot", isOn(boot) ? boot : "");
  const minutes = values.effective("buildTimeoutInMinutes");
  write("buildTimeoutInMinutes", minutes === "0" ? "" : minutes);
  if (values.given("buildTimeoutInMinutes") === "" && minutes !== "0") {
    note("changed", `buildTimeoutInMinutes: ${minutes} was the default of ${step.task}; it is written down.`);
  }
  const onCustomizer = values.given("errorHandlingOnCustomizerError");
  const onValidation = values.given("errorHandlingOnValidationError");
  write("onCustomizerError", onCustomizer.toLowerCase() === "cleanup" ? "" : onCustomizer);
  write("onValidationError", onValidation.toLowerCase() === "cleanup" ? "" : onValidation);
  if (isOn(values.given("autoRun"))) note("ignored", "autoRun: the task starts the run itself.");
}

/** An exported definition stores the default as if it had been chosen; the task finds a size that fits. */
function writeSize({ step, values, write, note }: Writer): void {
  const size = values.given("vmSize");
  const fallback = values.fallback("vmSize");
  const isStored = step.origin !== "yaml" && size === fallback;
  write("vmSize", isStored ? "" : size);
  if (size === "" || isStored) {
    note("changed", `vmSize: ${fallback} was the default; now a size that fits the image is taken.`);
  }
}
