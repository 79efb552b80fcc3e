/** Starts ElasticMQ for tests. Stands alone: what uses it knows its command line and its control port. */
package io.fenceline.sqsruntime;
