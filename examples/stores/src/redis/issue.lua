-- ARGV[3]: the record.
keep(ARGV[3])
return 'DONE'
