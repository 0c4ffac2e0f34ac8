-- Up Migration
-- The changes of a partitioned table come under its own name, which connectors capture, and not under those of its partitions.

alter publication readside set (publish_via_partition_root = true);
