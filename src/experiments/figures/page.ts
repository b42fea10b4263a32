import { escaped, SVG_STYLE, toSvg } from '../../drawing/svg';
import { type Chapter, captionOf } from './chapters';
import { drawMoment } from './draw';

/** The drawings as a page of their own: nothing is loaded from elsewhere. */

const PAGE_STYLE = `
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; color: #1c2733; background: #ffffff; }
figure { margin: 2rem 0; overflow-x: auto; }
figcaption { margin-top: .5rem; }
@media (prefers-color-scheme: dark) { body { color: #e3e8ee; background: #14191f; } }
@media print { figure { break-inside: avoid; } }
`;

function chapterHtml({ title, moments }: Chapter): string {
  const figures = moments.map((moment) => {
    const caption = captionOf(moment);
    return `<figure>\n${toSvg([drawMoment(moment)], caption, '')}\n<figcaption>${escaped(caption)}</figcaption>\n</figure>`;
  });
  return `<section>\n<h2>${escaped(title)}</h2>\n${figures.join('\n')}\n</section>`;
}

/** @param system what it was observed on */
export function toPage(chapters: readonly Chapter[], system: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Figures 4.14 to 4.17, observed</title>
<style>${PAGE_STYLE}${SVG_STYLE}</style>
<h1>Figures 4.14 to 4.17, observed</h1>
<p>Stevens, UNIX Network Programming, volume 1, section 4.8: listenfd and connfd in client and server, before and after
accept, fork and the two closes. Drawn from running processes on ${escaped(system)}: each socket with its state and the
descriptors that refer to it.</p>
${chapters.map(chapterHtml).join('\n')}
</html>
`;
}
