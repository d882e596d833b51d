import { hrefOf, query } from '../../app/router.ts';
import { Icon } from '../../ui/icon.tsx';
import { type Chosen, chosenText, dimensions } from './drill.ts';
import { nameOf } from './names.ts';

/** The way down, and back up. */
export function Crumbs({ chosen }: { readonly chosen: Chosen }) {
  const steps = dimensions.filter((name) => chosen[name] !== undefined);
  if (steps.length === 0) return null;
  const kept = Object.fromEntries(query.value);
  const without = (names: readonly string[]) =>
    hrefOf('spend', {
      ...kept,
      by: null,
      ...Object.fromEntries(names.map((name) => [name, null])),
    });
  return (
    <nav aria-label="What was chosen">
      <ol class="crumbs">
        <li>
          <a href={without(steps)}>All spend</a>
        </li>
        {steps.map((name, index) => (
          <li key={name}>
            <Icon name="right" />
            <a
              href={hrefOf('spend', {
                ...kept,
                by: null,
                ...Object.fromEntries(steps.slice(index + 1).map((one) => [one, null])),
                [name]: chosenText(chosen[name]!),
              })}
              aria-current={index === steps.length - 1 ? 'page' : undefined}
            >
              <span class="muted">{name}</span> {nameOf(name, chosen[name]!)}
            </a>
          </li>
        ))}
      </ol>
    </nav>
  );
}
