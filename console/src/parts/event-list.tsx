import type { EventView } from '@holdpoint/shared'
import { eventTone, eventWords } from '../model/event-words.ts'
import { clockTime } from '../model/time.ts'
import { linkTo } from '../state/route.ts'
import { Text } from './text.tsx'

interface Props {
  readonly events: readonly EventView[]
  readonly showAgent: boolean
}

/** Facts of the log, newest first, each with a link that stays. */
export function EventList({ events, showAgent }: Props) {
  return (
    <ol class="events">
      {events.map((event) => (
        <li key={event.seq} class={eventTone(event)}>
          <a
            class="event-time"
            href={linkTo('history', String(event.seq))}
            title={`fact ${event.seq}, ${event.at}`}
          >
            {clockTime(event.at)}
          </a>
          <span class="event-type">{event.type}</span>
          {showAgent && event.agent !== undefined ? (
            <a class="event-agent" href={linkTo('agents', event.agent)}>
              {event.agent}
            </a>
          ) : null}
          <span class="event-words">
            <Text>{eventWords(event)}</Text>
          </span>
          <span class="event-by muted">{event.by === event.agent ? '' : (event.by ?? '')}</span>
        </li>
      ))}
    </ol>
  )
}
