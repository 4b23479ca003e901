/** Puts `***` in the place of secrets in text of any length, however many forms they have. */

/** Hides what it was told. */
export interface Hider {
  /** From now on; forms are taken as they are, empty ones are passed over. */
  add(forms: readonly string[]): void;
  /** Touching and overlapping finds become one `***`. */
  hide(text: string): string;
}

/** A hider that knows nothing yet. The time of `hide` does not grow with the number of forms. */
export function createHider(): Hider {
  const known = new Set<string>();
  /** By their first two characters. */
  const starts = new Map<number, string[]>();
  const lengthAt = (text: string, at: number): number => {
    const candidates = starts.get(startOf(text, at));
    return candidates?.find((form) => text.startsWith(form, at))?.length ?? 0;
  };
  return {
    add(forms) {
      for (const form of forms) {
        if (form.length < 2 || known.has(form)) continue;
        known.add(form);
        const key = startOf(form, 0);
        const same = [...(starts.get(key) ?? []), form];
        starts.set(
          key,
          same.sort((one, other) => other.length - one.length),
        );
      }
    },
    hide(text) {
      if (known.size === 0) return text;
      let shown = "";
      let [from, hiddenTo] = [0, -1];
      for (let at = 0; at < text.length - 1; at += 1) {
        const length = lengthAt(text, at);
        if (length === 0) continue;
        if (at > hiddenTo) shown += `${text.slice(from, at)}***`;
        hiddenTo = Math.max(hiddenTo, at + length);
        from = hiddenTo;
      }
      return shown + text.slice(from);
    },
  };
}

function startOf(text: string, at: number): number {
  return text.charCodeAt(at) * 0x1_0000 + text.charCodeAt(at + 1);
}
