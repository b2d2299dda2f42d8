/** The titles of a table's columns; `blank`: with a column of buttons behind them. */
export function HeadRow({ titles, blank = false }: { titles: readonly string[]; blank?: boolean }) {
  return (
    <thead>
      <tr>
        {titles.map((title) => (
          <th key={title} scope="col">
            {title}
          </th>
        ))}
        {blank && <td />}
      </tr>
    </thead>
  );
}
