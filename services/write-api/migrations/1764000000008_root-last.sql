-- Up Migration
-- A user who is created together with children is inserted last, as of any command the root's row is: a reader of the changes knows by it
-- that the transaction is whole. Within a transaction that asks for it the foreign keys are looked at when it ends.

alter table public.addresses alter constraint addresses_user_fkey deferrable initially immediate;
alter table public.preferences alter constraint preferences_user_fkey deferrable initially immediate;
