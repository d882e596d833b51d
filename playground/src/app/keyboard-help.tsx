import { Dialog } from '../ui/dialog.tsx';
import { screens } from './screens.ts';
import { helpOpen, shortcutsOn } from './shortcuts.ts';

const others = [
  { keys: ['/'], what: 'search on this screen' },
  { keys: ['↑', '↓'], what: 'move in the list of requests' },
  { keys: ['Enter'], what: 'open the request' },
  { keys: ['Space'], what: 'pause and go on with live traffic' },
  { keys: ['Esc'], what: 'close what is open' },
  { keys: ['?'], what: 'this list' },
];

export function KeyboardHelp() {
  return (
    <Dialog
      open={helpOpen.value}
      onOpenChange={(open) => (helpOpen.value = open)}
      title="Keyboard"
      description="Everything works with the keyboard alone; these keys are short cuts."
    >
      <dl class="keys-list">
        {screens.map(({ name, label, key }) => (
          <div key={name}>
            <dt>
              <kbd>g</kbd> <kbd>{key}</kbd>
            </dt>
            <dd>go to {label}</dd>
          </div>
        ))}
        {others.map(({ keys, what }) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={shortcutsOn.value}
          onChange={(event) => (shortcutsOn.value = event.currentTarget.checked)}
        />
        Use short cuts of single keys
      </label>
    </Dialog>
  );
}
