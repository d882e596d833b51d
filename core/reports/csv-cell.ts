/**
 * One cell of a CSV file (RFC 4180). Texts come from clients, a model's name above all: what a spreadsheet would take
 * for a formula gets an apostrophe in front, as OWASP advises (CSV injection).
 */
export function csvText(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
