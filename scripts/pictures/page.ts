/** The pages that are photographed. */
import MarkdownIt from "markdown-it";

const colours: Readonly<Record<string, string>> = {
  "31": "#ff7b72",
  "33": "#d29922",
  "1;32": "#7ee787",
  "36": "#79c0ff",
  "35": "#d2a8ff",
  "1": "#ffffff;font-weight:bold",
};

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** A terminal with these lines; its colours become those of the page. */
export function terminalPage(lines: readonly string[]): string {
  const body = escaped(lines.join("\n")).replace(
    /\u001b\[([\d;]+)m([^\u001b]*)\u001b\[0m/g,
    (_, code: string, text: string) => {
      const colour = colours[code];
      return colour === undefined ? text : `<span style="color:${colour}">${text}</span>`;
    },
  );
  const style =
    "body{margin:0;background:#0d1117}pre{margin:0;padding:20px;color:#c9d1d9;font:14px/20px 'DejaVu Sans Mono',monospace;" +
    "white-space:pre-wrap;overflow-wrap:anywhere}";
  return `<!doctype html><meta charset="utf-8"><style>${style}</style><pre>${body}</pre>`;
}

/** A run's page with this Markdown on it. */
export function summaryPage(markdown: string): string {
  const style =
    "body{margin:0;padding:20px;background:#fff;color:#1f2328;font:15px/22px 'DejaVu Sans',sans-serif}" +
    "table{border-collapse:collapse}td,th{border:1px solid #d0d7de;padding:4px 10px;text-align:left}" +
    "code{background:#eff1f3;padding:1px 4px;font:13px 'DejaVu Sans Mono',monospace;overflow-wrap:anywhere}" +
    "td code{overflow-wrap:normal}td:nth-child(5) code{overflow-wrap:anywhere}" +
    "pre{background:#f6f8fa;padding:12px;white-space:pre-wrap}";
  const body = new MarkdownIt({ html: false }).render(markdown);
  return `<!doctype html><meta charset="utf-8"><style>${style}</style>${body}`;
}

/** A page that is nothing but a drawing, `size` pixels wide and high. */
export function drawingPage(svg: string, size: number): string {
  const style = `body{margin:0;background:transparent}svg{display:block;width:${String(size)}px;height:${String(size)}px}`;
  return `<!doctype html><meta charset="utf-8"><style>${style}</style>${svg}`;
}
