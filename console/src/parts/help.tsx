import { closeOverlay, keyHelp } from '../state/keys.ts'
import { set, settings } from '../state/settings.ts'
import { Dialog } from './dialog.tsx'

export function Help() {
  return (
    <Dialog title="Keys" onClose={() => closeOverlay('help')}>
      <dl class="keys">
        {keyHelp.map(([key, words]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <span>Single-letter keys are on</span>
        <input
          type="checkbox"
          checked={settings.value.keys}
          onChange={({ currentTarget }) => set({ keys: currentTarget.checked })}
        />
      </label>
    </Dialog>
  )
}
