/** What requests can be looked for by: the names of `GET /playground/api/traffic`. */
export const filterNames = ['q', 'outcome', 'status', 'tenant', 'model', 'key', 'feature', 'policy'] as const;

export type FilterName = (typeof filterNames)[number];
export type Filters = Readonly<Partial<Record<FilterName, string>>>;

/** The filters in the address of the page. */
export function readFilters(query: URLSearchParams): Filters {
  const filters: Partial<Record<FilterName, string>> = {};
  for (const name of filterNames) {
    const value = query.get(name)?.trim().slice(0, 200);
    if (value !== undefined && value !== '') filters[name] = value;
  }
  return filters;
}

/** As parameters of a request, in one order, so that the same filters are the same text. */
export function filterText(filters: Filters): string {
  const search = new URLSearchParams();
  for (const name of filterNames) {
    const value = filters[name];
    if (value !== undefined) search.set(name, value);
  }
  return search.toString();
}
