import { type Machine, type MachineEvent, type Refusal, stepMachine } from '@holdpoint/shared'
import type { NewEvent, RecordWrite } from '../store/store.ts'
