/** What spreadsheets take for the start of a formula. */
const formulaStart = /^[=+\-@\t\r]/;

/**
 * Rows as comma-separated values (RFC 4180). A text that a spreadsheet would run as a formula begins with an apostrophe.
 * @see OWASP, "CSV Injection"
 */
export function writeCsv(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = formulaStart.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
