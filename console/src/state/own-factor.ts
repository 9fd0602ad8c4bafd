import { ofPerson } from './of-person.ts'

/** Whether one's own second factor counts, as far as is known: its code goes with a new password then. */
export const hasFactor = ofPerson(false)
