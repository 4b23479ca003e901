/**
 * What a secret looks like that nobody registered. Pure data: an entry is added here and nowhere else. Every pattern
 * takes time linear in the line's length: no two unbounded repetitions that can match the same text follow each other.
 */

/** `hide` replaces what `pattern` (global) matches; `$1` is what stays before the secret, so that the line still reads. */
export interface SecretForm {
  readonly pattern: RegExp;
  readonly hide: string;
}

const whole = (pattern: RegExp): SecretForm => ({ pattern, hide: "***" });
const value = (pattern: RegExp): SecretForm => ({ pattern, hide: "$1***" });

/** Secrets that are known by their own form. */
export const tokens: readonly SecretForm[] = [
  // JSON web tokens: RFC 7519, base64url of `{"…` begins with eyJ; encrypted ones have five parts (RFC 7516).
  whole(/\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*){0,3}/g),
  // Storage account keys, 64 bytes in base64 (Microsoft Purview: "Azure storage account key"). npm prints digests alike.
  whole(/(?<![A-Za-z0-9+/]|sha512-)[A-Za-z0-9+/]{86}==/g),
  // Azure DevOps personal access tokens: 84 characters with AZDO at 76 to 80; the old form is 52 in base32
  // (Microsoft Purview: "Azure DevOps personal access token").
  whole(/\b[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}\b/g),
  whole(/\b(?=[a-z]{0,51}[2-7])[a-z2-7]{52}\b/g),
  // Client secrets of Entra applications (Microsoft Purview: "Microsoft Entra client secret").
  whole(/(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])/g),
  // Keys of Azure services in the common form, with a fixed part at 52 (Microsoft Security Utilities: "CASK").
  whole(/\b[A-Za-z0-9]{52}JQQJ9[A-Za-z0-9]{9}[A-Za-z0-9+/=]{10,22}/g),
  // GitHub docs, "About authentication to GitHub": token formats. GitLab docs, "Token overview".
  whole(/\bgh[pousr]_[A-Za-z0-9]{36,255}/g),
  whole(/\bgithub_pat_\w{22,255}/g),
  whole(/\bgl(?:pat|rt|dt|ptt|cbt|soat)-[\w.-]{20,}/g),
  // npm docs, "About access tokens"; GitHub blog, "Announcing npm's new access token format".
  whole(/\bnpm_[A-Za-z0-9]{36}\b/g),
  // AWS IAM docs, "IAM identifiers": unique id prefixes of access keys.
  whole(/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g),
  // Slack, PyPI, Docker Hub, Google: forms in the lists of supported secrets of GitHub secret scanning.
  whole(/\bxox[abeoprs]-[\w-]{10,}/g),
  whole(/\bpypi-AgE[\w-]{50,}/g),
  whole(/\bdckr_(?:pat|oat)_[\w-]{27,}/g),
  whole(/\bAIza[\w-]{35}/g),
];

/** Names whose value is a secret, at the name's end; `PublicKeyToken` is part of every .NET assembly's name. */
const STRONG = "passwor[dt]|passwd|passphrase|(?<=_)pass";
const KEYED =
  "secret|(?<!public_?key)token|(?:api|access|account|secret|private|shared|storage|subscription|function)[-_]?key";
const PWD = "pwd";
const NAME = `(?:${STRONG}|${KEYED}|${PWD})`;
/** Not a secret: a reference to one, a switch, a small number, a folder (`PWD=/root`), or hidden already. */
const NOT_SECRET =
  "(?!\\$[({]|\\$env:|%\\w+%|\\*\\*\\*|(?:true|false|null|none|yes|no|\\d{1,3})\\b(?![^\\s;,&\"'<])|\\/|[A-Za-z]:\\\\)";
const BARE = `${NOT_SECRET}[^\\s"'\`;&<>]+`;

/** A value after its name: `$1` is the name with all that stands between, quotation mark included. */
const named = (before: string, bare = BARE): readonly SecretForm[] => [
  value(new RegExp(`(${before}\\\\?")${NOT_SECRET}[^"]+?(?=\\\\?"|$)`, "gi")),
  value(new RegExp(`(${before}')${NOT_SECRET}[^']+`, "gi")),
  value(new RegExp(`(${before})${bare}`, "gi")),
];

/** What follows `--token` or `-Password` in a sentence is no value. */
const PROSE =
  "(?!(?:an?|and|are|as|be|by|cannot|flag|for|from|has|in|instead|is|must|not|of|on|option|or|parameter|argument|" +
  "requires?|required|should|the|to|value|via|was|when|will|with)\\b)";

/** Secrets that are known by what stands before them. */
export const namedSecrets: readonly SecretForm[] = [
  // Service SAS: Microsoft Learn, "Create a service SAS": signature field.
  value(/((?:\b|%3F|%26)sig(?:=|%3D))(?!\*\*\*)[^&'"`\s\\,;<>]+/gi),
  // Microsoft Learn, "Configure Azure Storage connection strings"; Service Bus and Event Hubs use SharedAccessKey.
  value(/\b((?:Account|SharedAccess|SharedSecret|Access)Key\s*=\s*)(?!\*\*\*)[^\s;"'<>&]+/gi),
  // RFC 6750 and RFC 7617. `Bearer authentication is …` is no token: one has a digit, or is long.
  value(/\b(Bearer\s+)(?=[\w.~+/-]{0,200}\d|[\w.~+/-]{24})[\w.~+/-]{12,}=*/gi),
  value(/\b(Authorization["']?\s*[:=]\s*["']?(?:Basic|Bearer|SharedKey|token)\s+)(?!\*\*\*)[^\s"',]+/gi),
  // RFC 3986, section 3.2.1: userinfo.
  value(/(:\/\/[^\s/@:'"<>]{0,256}:)(?!\*\*\*)[^\s/@'"<>]+(?=@)/g),
  // name=value, /p:Name=value, export NAME=value, connection strings.
  ...named(`${NAME}["'\\\\]{0,3}=`),
  // Name = value: program text, so a bare value only where it ends the line and is neither a variable nor a call.
  ...named(`${NAME}["'\\\\]{0,3}\\s+=\\s*`, `(?![$@([{<-]|[A-Z][a-z]+-[A-Z])${BARE}(?=\\s*;?\\s*$)`),
  // name: value in YAML and JSON; bare text only where it is one word and ends the line: "Password: must be changed".
  ...named(
    `(?:${STRONG}|${PWD})["'\\\\]{0,3}\\s*:\\s*`,
    `(?![$@([{<]|required\\b|invalid\\b|\\W+$)${BARE}(?=\\s*[,;}]?\\s*$)`,
  ),
  ...named(
    `(?:${KEYED})["'\\\\]{0,3}\\s*:\\s*`,
    `(?=[^\\s"']{0,200}\\d|[^\\s"']{24})(?![$@([{<]|\\W+$)${BARE}(?=\\s*[,;}]?\\s*$)`,
  ),
  // --password value, -Password "value", -ClientSecret value.
  ...named(`(?<![\\w-])--?(?:[\\w-]{0,40}[\\w-])?${NAME}\\s+`, `(?!-|[$@([{<])${PROSE}${BARE}`),
  // setx NAME value; net user name value; sshpass -p value; docker login … -p value; curl -u name:value.
  ...named(`\\bsetx\\s+\\w{0,60}?${NAME}\\s+`),
  ...named("\\bnet1?\\s+user\\s+[^\\s/]{1,64}\\s+", `(?!/)${BARE}`),
  ...named("\\bsshpass\\s+-p\\s*"),
  ...named("\\b(?:docker|podman)\\s+login\\b[^|;]{0,200}?\\s-p\\s+", `(?!-|\\$)${BARE}`),
  ...named("\\bcurl\\b[^|;]{0,200}?\\s(?:-u|--user)\\s+[\"']?[^\\s:\"']{1,64}:"),
  // Microsoft Learn, ConvertTo-SecureString.
  ...named("\\bConvertTo-SecureString(?:\\s+-(?:AsPlainText|Force|String))*\\s+", `(?!-|[$@([{])${BARE}`),
  // unattend.xml and settings files.
  value(new RegExp(`(<(?:[\\w:.-]{0,60}[\\w:.-])?${NAME}>(?:\\s*<value>)?)(?!\\*\\*\\*|\\s*<)[^<]+`, "gi")),
];
