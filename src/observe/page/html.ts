/** Text that is markup. Anything else that is put into markup is escaped. */
export class Html {
  constructor(readonly text: string) {}
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

/** For what is known to be markup: our own script and style. */
export function raw(text: string): Html {
  return new Html(text);
}

export function join(parts: readonly Html[]): Html {
  return new Html(parts.map(({ text }) => text).join(''));
}

/** Markup with values in it, as text or in attributes that are quoted: html`<b title="${title}">${name}</b>`. */
export function html(strings: TemplateStringsArray, ...values: readonly (Html | string | number)[]): Html {
  const text = strings.map((string, index) => {
    const value = values[index] ?? '';
    return string + (value instanceof Html ? value.text : escapeText(String(value)));
  });
  return new Html(text.join(''));
}
