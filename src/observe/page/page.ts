import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { columnsOf, columnTitle, hasExpectations, howKnown, valueText } from '../columns';
import type { Recording, Row } from '../recording';
import { timelineOf } from '../timeline/timeline';
import { DRAWINGS, LEGEND } from './drawings';
import { type Html, html, join as joined, raw } from './html';

/** scripts/build-page made them. */
function builtFile(name: string): string {
  return readFileSync(join(__dirname, 'browser', name), 'utf8');
}

/** A source of a Content-Security-Policy: this text and no other. */
function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

function cell(row: Row, key: string): Html {
  const [value, expected] = [row.observed[key], row.expected?.[key]];
  const kind = typeof value === 'string' || value === undefined ? 'text' : 'number';
  const differs = expected !== undefined && expected !== value;
  const note = differs ? html` <span class="note">expected: ${valueText(expected)}</span>` : html``;
  return html`<td class="${kind}${differs ? ' differs' : ''}">${valueText(value)}${note}</td>`;
}

function answer({ asExpected, expected }: Row): Html {
  if (asExpected) return html`<td class="yes">yes</td>`;
  return html`<td class="no">${expected === undefined ? 'nothing is known yet of what this system does' : 'no'}</td>`;
}

function table(recording: Recording): Html {
  if (recording.rows.length === 0) return html``;
  const columns = columnsOf(recording);
  const isJudged = hasExpectations(recording);
  const [first, last] = isJudged ? ['set-up', [`as expected${howKnown(recording.system)}`]] : ['process', []];
  const heads = [first, ...columns.map(columnTitle), ...last].map((title) => html`<th scope="col">${title}</th>`);
  const rows = recording.rows.map((row) => {
    const cells = joined(columns.map((key) => cell(row, key)));
    return html`<tr><th scope="row">${row.setUp}</th>${cells}${isJudged ? answer(row) : html``}</tr>\n`;
  });
  return html`<div class="table"><table>
<thead><tr>${joined(heads)}</tr></thead>
<tbody>
${joined(rows)}</tbody>
</table></div>`;
}

/** @param first the number of the recording's first run among all runs of the page */
function section(recording: Recording, index: number, first: number): Html {
  const { experiment, question, verdict, source, system, node, date, runs } = recording;
  const figures = runs.map(
    ({ title }, run) =>
      html`<figure class="timeline" data-run="${first + run}"><figcaption>${title}</figcaption></figure>\n`,
  );
  return html`<section id="experiment-${index}">
<h2>${experiment}</h2>
<p class="question">${question}</p>
<div class="verdict"><p>${verdict[0]}</p><p>${verdict[1]}</p></div>
<p class="about">${source} · ${system}${node === '' ? '' : ` · Node ${node}`} · <time datetime="${date}">${date}</time></p>
${table(recording)}
${joined(figures)}</section>
`;
}

function contents(recordings: readonly Recording[]): Html {
  if (recordings.length < 2) return html``;
  const entries = recordings.map(
    ({ experiment, question, rows }, index) =>
      html`<li><a href="#experiment-${index}">${experiment}</a>${rows.every((row) => row.asExpected) ? '' : ' (not as expected)'}: ${question}</li>\n`,
  );
  return html`<nav aria-label="Experiments"><ul>
${joined(entries)}</ul></nav>`;
}

/**
 * Recordings as one page that needs nothing but itself: for each experiment its question, its verdict, its table, and the timeline
 * of each run. What the recordings hold is text to it; its policy allows no request, and no script or style but its own.
 */
export function timelineHtml(recordings: readonly Recording[]): string {
  const [script, style] = [builtFile('main.js'), builtFile('page.css')];
  const policy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}`;
  // "<" is all that could end the element.
  const runs = JSON.stringify(recordings.flatMap((recording) => recording.runs.map(timelineOf))).replaceAll(
    '<',
    '\\u003c',
  );
  let first = 0;
  const sections = recordings.map((recording, index) => {
    const made = section(recording, index, first);
    first += recording.runs.length;
    return made;
  });
  const title = recordings.length === 1 ? (recordings[0]?.experiment ?? '') : `${recordings.length} experiments`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>realfork: ${title}</title>
<style>${raw(style)}</style>
</head>
<body>
<header><h1>realfork <span>what was observed</span></h1></header>
${contents(recordings)}
<main>
${LEGEND}
${joined(sections)}</main>
${DRAWINGS}
<noscript>The timelines are drawn by the script in this page.</noscript>
<script type="application/json" id="runs">${raw(runs)}</script>
<script>${raw(script)}</script>
</body>
</html>
`.text;
}
