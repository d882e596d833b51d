import type { CostGroup } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { csvOf } from './csv.ts';

interface CsvButtonProps {
  readonly by: readonly string[];
  readonly groups: readonly CostGroup[];
  readonly name: string;
}

export function CsvButton({ by, groups, name }: CsvButtonProps) {
  const save = () => {
    const url = URL.createObjectURL(new Blob([csvOf(by, groups)], { type: 'text/csv;charset=utf-8' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <Button onClick={save}>
      <Icon name="download" />
      CSV
    </Button>
  );
}
