import type { ApprovalView } from '@holdpoint/shared'
import { clockTime } from '../model/time.ts'

const ORDER = ['queued', 'delivered', 'seen', 'decided', 'begun', 'reported', 'lapsed', 'revoked'] as const
/** The way of every approval; the others are only named where they happened. */
const WAY: readonly string[] = ORDER.slice(0, 6)

/** How far it got, when, and through whom (AP11). */
export function Stages({ view: { stages } }: { readonly view: ApprovalView }) {
  return (
    <ol class="stages" aria-label="How far it got">
      {ORDER.filter((name) => stages[name] || WAY.includes(name)).map((name) => {
        const stage = stages[name]
        return (
          <li key={name} class={stage ? 'done' : 'ahead'}>
            <strong>{name}</strong>
            <span>{stage ? `${clockTime(stage.at)}${stage.by ? ` ${stage.by}` : ''}` : '–'}</span>
          </li>
        )
      })}
    </ol>
  )
}
