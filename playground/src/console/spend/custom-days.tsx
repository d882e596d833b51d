import { setQuery } from '../../app/router.ts';
import { Field } from '../../ui/field.tsx';

interface CustomDaysProps {
  readonly first: string | null;
  readonly last: string | null;
}

export function CustomDays({ first, last }: CustomDaysProps) {
  return (
    <div class="custom-days">
      <Field label="First day">
        {(ids) => (
          <input
            {...ids}
            class="input"
            type="date"
            value={first ?? ''}
            onChange={(event) => setQuery({ first: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field label="Last day">
        {(ids) => (
          <input
            {...ids}
            class="input"
            type="date"
            value={last ?? ''}
            onChange={(event) => setQuery({ last: event.currentTarget.value })}
          />
        )}
      </Field>
    </div>
  );
}
